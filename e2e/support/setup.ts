import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { binary } from './server'

/** Makes the demo's data once, one factory and three in a county; every worker serves a copy. */
export default async function setup(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'hezuo-e2e-'))
  const make = (name: string, enterprises: number, weeks: number) =>
    promisify(execFile)(binary(), ['demo', '--no-serve', '--enterprises', String(enterprises), '--weeks', String(weeks), '--data', join(folder, name)])
  await make('made', 1, 8)
  await make('county', 3, 6)
  process.env.HEZUO_E2E_FOLDER = folder
  return () => rm(folder, { recursive: true, force: true })
}
