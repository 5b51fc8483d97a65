import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cp } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'

/** The binary under test. */
export function binary(): string {
  const named = process.env.HEZUO
  if (!named) throw new Error('HEZUO must name the binary to test, as in HEZUO=../target/debug/hezuo npm test')
  return resolve(named)
}

/** A running demo. */
export interface Demo {
  /** Where it listens, without a slash at the end. */
  base: string
  /** The report page of an area. */
  area: string
  /** The report page of a machine. */
  machine: string
  /** The intake's report page of the same area; empty without an intake. */
  anonymous: string
}

/** Everybody's password in the demo. */
export const PASSWORD = 'hezuo-demo-1'

/** Starts a demo on a free port over a copy of the data; the second value stops it. */
export async function startDemo(name: string, options: string[] = [], of: 'made' | 'county' = 'made'): Promise<[Demo, () => Promise<void>]> {
  const folder = process.env.HEZUO_E2E_FOLDER ?? ''
  const data = join(folder, name)
  await cp(join(folder, of), data, { recursive: true })
  // Most tests look at one server; those of the intake ask for a second port.
  const ports = options.includes('--intake-listen') ? [] : ['--one-port']
  const listen = options.includes('--listen') ? [] : ['--listen', '127.0.0.1:0']
  const server = spawn(binary(), ['demo', ...listen, '--data', data, ...ports, ...options], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(server, 'exit')
  const stop = async (): Promise<void> => {
    server.kill('SIGTERM')
    await ended
  }
  return [await announced(server), stop]
}

async function announced(server: ChildProcess): Promise<Demo> {
  const pages: string[] = []
  let anonymous = ''
  if (!server.stdout) throw new Error('the server has no output')
  const lines = createInterface({ input: server.stdout })
  let base = ''
  for await (const line of lines) {
    base ||= /^Hezuo demo on (http:\S+)/.exec(line)?.[1] ?? ''
    const page = /report page\s+(http:\S+)/.exec(line)?.[1]
    if (page) pages.push(page)
    anonymous ||= /^\s*anonymous\s+(http:\S+)/.exec(line)?.[1] ?? ''
    if (line.startsWith('Stop with')) break
  }
  // Reading on keeps the server from waiting for somebody to read what it says.
  server.stdout.resume()
  const [area, machine] = pages
  if (!base || !area || !machine) throw new Error('the server did not say where it listens')
  return { base, area, machine, anonymous }
}
