import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { binary } from './server'

/** Makes the demo's data once; every worker serves a copy of it. */
export default async function setup(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'hezuo-e2e-'))
  await promisify(execFile)(binary(), ['demo', '--no-serve', '--data', join(folder, 'made')])
  process.env.HEZUO_E2E_FOLDER = folder
  return () => rm(folder, { recursive: true, force: true })
}
