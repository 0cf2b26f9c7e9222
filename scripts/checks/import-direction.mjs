import { readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { posix } from 'node:path'
import { listFiles, listPackages } from '../lib/workspace.mjs'

export const title = 'imports point one way'

const OURS = '@campus-ecode/'
/** Everyone may use protocol, protocol uses none of us; what a school installs, examples and e2e may. */
const PUBLIC = ['protocol', 'sdk', 'terminal']
/** What tries, proves and measures us, which may also use how processes are started. */
const TOOLS = ['e2e', 'history', 'bench', 'deploy']
/** Our server processes, which share what each of them does the same. */
const SERVERS = ['packages/bff', 'packages/core']
/** What runs tests has parts in scripts/, where the whole run is. */
const TEST_SETTINGS = /^vitest\.config\.ts$/
/** Tools of the whole workspace, for tests and build settings. */
const ROOT_TOOLS = ['vite', 'vitest', 'typescript']
const SOURCE = /\.(ts|tsx|mts|js|mjs)$/
const SPECIFIER = /(?:\bfrom\s*|(?<![-'"])\bimport\s*\(?\s*)(['"])([^'"\n]+)\1/g
/** Tests, tools and build settings that stand among what runs in a browser. */
const NODE_SIDE = /\.test\.|\.mjs$|\/testing\/|\/vite\.config\.ts$/
const STRING_OR_COMMENT_LINE = /^\s*(\/\/|\*|\/\*)/

export function findProblems(root) {
  return listPackages(root).flatMap((pkg) => [
    ...checkManifest(pkg),
    ...listFiles(`${root}/${pkg.folder}`)
      .filter((file) => SOURCE.test(file))
      .flatMap((file) => checkFile(root, pkg, file)),
  ])
}

function checkManifest({ folder, manifest }) {
  return Object.keys(dependenciesOf(manifest))
    .filter((name) => name.startsWith(OURS) && !allowedOf(folder).includes(name))
    .map((name) => `${folder}/package.json depends on ${name}`)
}

function checkFile(root, { folder, manifest }, file) {
  const text = readFileSync(`${root}/${folder}/${file}`, 'utf8')
  const code = text
    .split('\n')
    .filter((line) => !STRING_OR_COMMENT_LINE.test(line))
    .join('\n')
  return [...code.matchAll(SPECIFIER)]
    .map(([, , specifier]) => [specifier, refuse(folder, manifest, file, specifier)])
    .filter(([, reason]) => reason)
    .map(([specifier, reason]) => `${folder}/${file} imports ${specifier}: ${reason}`)
}

/** @returns Why this import is wrong, or nothing. */
function refuse(folder, manifest, file, specifier) {
  // What a build makes up, and words of a text that only looks like an import.
  if (/^virtual:|\$\{/.test(specifier)) return undefined
  if (specifier.startsWith('.')) {
    const leads = posix.join(posix.dirname(file), specifier)
    const isTool = TEST_SETTINGS.test(file) && leads.startsWith('../scripts/lib/')
    return leads.startsWith('..') && !isTool && 'it leaves the package'
  }
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
  const runsInBrowser = folder === 'packages/sdk' && /^src\//.test(file) && !NODE_SIDE.test(file)
  if (specifier.startsWith('node:')) return runsInBrowser && 'a browser has no Node.js'
  if (builtinModules.includes(name)) return 'write node: before a module of Node.js'
  if (name.startsWith(OURS) && !allowedOf(folder).includes(name) && name !== manifest.name) {
    return 'packages meet over HTTP'
  }
  const declared = name in dependenciesOf(manifest) || name === manifest.name
  return !declared && !ROOT_TOOLS.includes(name) && 'package.json does not declare it'
}

function allowedOf(folder) {
  if (folder === 'packages/protocol') return []
  const names = folder.startsWith('packages/') ? ['protocol'] : [...PUBLIC]
  if (SERVERS.includes(folder)) names.push('service')
  if (TOOLS.includes(folder)) names.push('processes')
  return names.map((name) => OURS + name)
}

function dependenciesOf({ dependencies, devDependencies, peerDependencies }) {
  return { ...dependencies, ...devDependencies, ...peerDependencies }
}
