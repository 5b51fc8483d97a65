// What the first visit of each app loads, compressed, against its budget. Run after a build: npm run sizes
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const dist = new URL('../dist/', import.meta.url)
const manifest = JSON.parse(readFileSync(new URL('manifest.json', dist), 'utf8'))
const budgets = { 'phone/index.html': 180, 'desk/index.html': 300 }

/** The files that an entry cannot start without, and the longer of the two languages. */
function scripts(key, found = new Set()) {
  const chunk = manifest[key]
  if (found.has(chunk.file)) return found
  found.add(chunk.file)
  for (const each of chunk.imports ?? []) scripts(each, found)
  return found
}

const texts = Object.values(manifest).filter((chunk) => /^src\/texts\/.*\.zh-CN\.json$/.test(chunk.src ?? ''))
const size = (file) => gzipSync(readFileSync(new URL(file, dist))).length / 1000
let over = false

for (const [entry, budget] of Object.entries(budgets)) {
  const app = entry.split('/')[0]
  const files = [...scripts(entry)]
  for (const chunk of texts) if (new RegExp(`/(${app}|shared|teams|problems)\\.`).test(chunk.src)) files.push(chunk.file)
  const sum = files.reduce((all, file) => all + size(file), 0)
  over ||= sum > budget
  console.log(`${app}: ${sum.toFixed(1)} kB of ${budget} kB JavaScript, gzipped, in ${files.length} files`)
}
process.exit(over ? 1 : 0)
