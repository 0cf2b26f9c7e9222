import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { beforeAll, describe, expect, it } from 'vitest'
import { Language, Parser } from 'web-tree-sitter'

const require = createRequire(import.meta.url)
const read = (path) => readFileSync(new URL(path, import.meta.url), 'utf8')
const bridge = read('../../docs/host-bridge.md')

// There is no Xcode and no Android SDK here: what is held against the code is its grammar, and the words
// that it and the widget have to agree on.
describe.each([
  ['swift', 'ios', 'HostBridge.swift', 'CampusCardViewController.swift'],
  ['kotlin', 'android', 'HostBridge.kt', 'CampusCardActivity.kt'],
])('the app in %s', (language, folder, bridgeFile, pageFile) => {
  const files = readdirSync(new URL(`${folder}/`, import.meta.url)).filter((name) =>
    /\.(swift|kts?)$/.test(name),
  )
  let parser
  beforeAll(async () => {
    await Parser.init()
    const grammar = require.resolve(`tree-sitter-wasms/out/tree-sitter-${language}.wasm`)
    parser = new Parser()
    parser.setLanguage(await Language.load(grammar))
  })
  const faultsOf = (code) => {
    const { rootNode } = parser.parse(code)
    return rootNode.hasError
      ? rootNode
          .descendantsOfType('ERROR')
          .map(({ startPosition: { row }, text }) => `${row + 1}: ${text}`)
      : undefined
  }

  it.each(files)('has no mistake of grammar in %s', (file) => {
    expect(faultsOf(read(`${folder}/${file}`))).toBeUndefined()
  })

  it('would be found to have one', () => {
    expect(faultsOf(read(`${folder}/${bridgeFile}`).replace('{', ''))).toBeDefined()
  })

  it('answers every method of docs/host-bridge.md and tells every event', () => {
    const code = read(`${folder}/${bridgeFile}`)
    const page = read(`${folder}/${pageFile}`)
    const methods = namesIn('### Methods')
    expect(methods.length).toBeGreaterThanOrEqual(7)
    for (const method of ['hello', ...methods]) expect(code).toContain(`"${method}"`)
    const events = namesIn('### Events').filter(
      (event) => language === 'kotlin' || event !== 'back',
    )
    expect(events.length).toBeGreaterThanOrEqual(5)
    for (const event of events) expect(code + page).toContain(`tell("${event}"`)
  })
})

/** The first column of a table in docs/host-bridge.md. */
function namesIn(heading) {
  const [, section = ''] = bridge.split(`${heading}\n`)
  const [table] = section.split(/\n#|\n\n[^|\n]/)
  return [...table.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name)
}
