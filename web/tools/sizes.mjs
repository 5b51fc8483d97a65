// What the first visit of each app loads, compressed, against its budget. Run after a build: npm run sizes
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const dist = new URL('../dist/', import.meta.url)
const read = (name) => JSON.parse(readFileSync(new URL(name, dist), 'utf8'))
const budgets = [
  { app: 'phone', manifest: 'phone/manifest.json', kilobytes: 180 },
  { app: 'desk', manifest: 'manifest.json', kilobytes: 300 },
]

/** The files that an entry cannot start without. */
function scripts(manifest, key, found = new Set()) {
  const chunk = manifest[key]
  if (found.has(chunk.file)) return found
  found.add(chunk.file)
  for (const each of chunk.imports ?? []) scripts(manifest, each, found)
  return found
}

const size = (file) => gzipSync(readFileSync(new URL(file, dist))).length / 1000
let over = false

for (const { app, manifest: name, kilobytes } of budgets) {
  const manifest = read(name)
  // The texts of the longer of the two languages come with them.
  const texts = Object.values(manifest).find((chunk) => /\/zh-CN-[^/]+\.js$/.test(chunk.file))
  const files = [...scripts(manifest, `${app}/index.html`), texts.file]
  const sum = files.reduce((all, file) => all + size(file), 0)
  over ||= sum > kilobytes
  console.log(`${app}: ${sum.toFixed(1)} kB of ${kilobytes} kB JavaScript, gzipped, in ${files.length} files`)
}
process.exit(over ? 1 : 0)
