// What the product is made of, checked without a network: locked sources, licences, second copies, install scripts,
// own unsafe code. `--sbom FOLDER` writes the lists as CycloneDX 1.5, one for the binary and one for the web app.
//
//   node scripts/supply-chain.mjs [--sbom FOLDER]
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

// Licences under which the product may ship something; each is enough where a package offers several.
const LICENCES = new Set(['0BSD', 'Apache-2.0', 'Apache-2.0 WITH LLVM-exception', 'BSD-1-Clause', 'BSD-2-Clause', 'BSD-3-Clause', 'BSL-1.0', 'CC0-1.0', 'CDLA-Permissive-2.0', 'ISC', 'MIT', 'MIT-0', 'MPL-2.0', 'Unicode-3.0', 'Unlicense', 'Zlib', 'BlueOak-1.0.0', 'CC-BY-4.0', 'Python-2.0'])
// Crates that may ship twice until their users agree on a version; a new one is looked at before it stands here.
const TWICE = new Set(readFileSync(new URL('supply-chain.twice', import.meta.url), 'utf8').split('\n').filter((line) => line && !line.startsWith('#')))
// npm packages that may run a script when they are installed.
const SCRIPTS = new Set(['fsevents'])
const MOST_CRATES = 330
const INDEX = 'registry+https://github.com/rust-lang/crates.io-index'

const faults = []
const root = new URL('..', import.meta.url).pathname
const read = (path) => readFileSync(join(root, path), 'utf8')

/** Whether an SPDX expression can be met with the licences above; `/` is the old way to write OR. */
function fits(expression) {
  const words = expression.replaceAll('/', ' OR ').replace(/ WITH /g, '\u0000').match(/[()]|[^\s()]+/g) ?? []
  let at = 0
  const one = () => {
    if (words[at] !== '(') return LICENCES.has(words[at++]?.replace('\u0000', ' WITH '))
    at++
    const inner = any()
    at++
    return inner
  }
  const every = () => {
    let met = one()
    while (words[at] === 'AND') (at++, (met = one() && met))
    return met
  }
  const any = () => {
    let met = every()
    while (words[at] === 'OR') (at++, (met = every() || met))
    return met
  }
  return any() && at === words.length
}

function crates() {
  // Only what this platform needs has been fetched, and only that ships from here.
  const host = /^host: (.*)$/m.exec(execFileSync('rustc', ['-vV'], { encoding: 'utf8' }))[1]
  const options = ['metadata', '--locked', '--offline', '--format-version', '1', '--filter-platform', host]
  const metadata = JSON.parse(execFileSync('cargo', options, { cwd: root, maxBuffer: 1 << 28 }))
  const packages = new Map(metadata.packages.map((each) => [each.id, each]))
  const nodes = new Map(metadata.resolve.nodes.map((node) => [node.id, node]))
  const shipped = new Set()
  const queue = metadata.packages.filter((each) => each.name === 'hezuo-server' && !each.source).map((each) => each.id)
  while (queue.length) {
    const id = queue.pop()
    if (shipped.has(id)) continue
    shipped.add(id)
    const deps = nodes.get(id)?.deps ?? []
    queue.push(...deps.filter((dep) => dep.dep_kinds.some((kind) => kind.kind === null)).map((dep) => dep.pkg))
  }
  const locked = new Set([...read('Cargo.lock').matchAll(/name = "(.*)"\nversion = "(.*)"\nsource = .*\nchecksum = /g)].map(([, name, version]) => `${name}@${version}`))
  for (const each of packages.values()) {
    if (!each.source) continue
    if (each.source !== INDEX) faults.push(`${each.name} ${each.version} comes from ${each.source}`)
    if (!locked.has(`${each.name}@${each.version}`)) faults.push(`${each.name} ${each.version} has no checksum in Cargo.lock`)
  }
  const all = [...shipped].map((id) => packages.get(id)).filter((each) => each.source)
  for (const each of all) if (!each.license || !fits(each.license)) faults.push(`${each.name} ${each.version} is under ${each.license ?? 'no licence that it names'}`)
  const versions = new Map()
  for (const each of all) versions.set(each.name, [...(versions.get(each.name) ?? []), each])
  for (const [name, copies] of versions) {
    if (copies.length > 1 && !TWICE.has(name)) faults.push(`${name} ships ${copies.length} times: ${copies.map((each) => each.version).join(', ')}`)
  }
  for (const name of TWICE) if ((versions.get(name)?.length ?? 0) < 2) faults.push(`${name} no longer ships twice: take it out of scripts/supply-chain.twice`)
  if (all.length > MOST_CRATES) faults.push(`${all.length} crates ship, more than ${MOST_CRATES}`)
  return all
}

function ownCode() {
  if (!/^unsafe_code = "forbid"$/m.test(read('Cargo.toml'))) faults.push('the workspace does not forbid unsafe code')
  for (const name of readdirSync(join(root, 'crates'))) {
    if (!/\[lints\]\s*workspace = true/.test(read(`crates/${name}/Cargo.toml`))) faults.push(`crates/${name} does not take the workspace's lints`)
  }
}

function npm(folder, shipped) {
  const lock = JSON.parse(read(`${folder}/package-lock.json`))
  const all = Object.entries(lock.packages).filter(([path]) => path.startsWith('node_modules/'))
  const ships = []
  for (const [path, each] of all) {
    const name = each.name ?? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
    if (!each.integrity) faults.push(`${folder}: ${name} has no checksum`)
    if (each.resolved?.startsWith('git')) faults.push(`${folder}: ${name} comes from ${each.resolved}`)
    if (each.hasInstallScript && !SCRIPTS.has(name)) faults.push(`${folder}: ${name} runs a script when it is installed`)
    if (!shipped || each.dev || each.optional) continue
    if (!each.license || !fits(each.license)) faults.push(`${folder}: ${name} is under ${each.license ?? 'no licence that it names'}`)
    ships.push({ name, ...each })
  }
  return ships
}

const licence = (text) => [{ expression: text.replaceAll('/', ' OR ') }]

/** A list as others read it. */
function sbom(name, version, components) {
  const sorted = components.sort((a, b) => (a.purl < b.purl ? -1 : 1))
  return JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.5', version: 1, metadata: { component: { type: 'application', name, version } }, components: sorted }, null, 2)
}

const rust = crates()
ownCode()
const web = npm('web', true)
npm('e2e', false)

const at = process.argv.indexOf('--sbom')
if (at > 0) {
  const folder = process.argv[at + 1]
  mkdirSync(folder, { recursive: true })
  const { version } = JSON.parse(read('web/package.json'))
  const crate = (each) => ({ type: 'library', name: each.name, version: each.version, licenses: licence(each.license), purl: `pkg:cargo/${each.name}@${each.version}` })
  const module = (each) => ({ type: 'library', name: each.name, version: each.version, licenses: licence(each.license), purl: `pkg:npm/${each.name.replace('@', '%40')}@${each.version}` })
  writeFileSync(join(folder, 'hezuo.cdx.json'), sbom('hezuo', version, rust.map(crate)))
  writeFileSync(join(folder, 'hezuo-web.cdx.json'), sbom('hezuo-web', version, web.map(module)))
}
for (const fault of faults) console.error(fault)
console.log(`${rust.length} crates and ${web.length} npm packages ship; ${faults.length} faults`)
process.exit(faults.length ? 1 : 0)
