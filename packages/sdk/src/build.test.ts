import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'acorn'
import { createBuilder } from 'vite'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { findTooNewInScripts, findTooNewInStyle } from './testing/find-too-new.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const folders: string[] = []
let dist = ''

const TESTED_FOR = {
  '.adoptedStyleSheets': 'adopt-style.ts links the sheet instead',
  '.config': 'of WeChat’s JS-SDK',
  '.createPolicy': 'of trustedTypes',
  '.detect': 'of BarcodeDetector, whose absence brings our own reader',
  '.getSupportedFormats': 'the same',
  '.image': 'of our reader of codes',
  '.isValid': 'of qrcode',
  '.layers': 'of our reader of codes',
  '.moveBefore': 'Preact looks whether it is there',
  '.mul': 'of qrcode',
  '.opacity': 'of an inline style',
  '.replaceSync': 'with adoptedStyleSheets',
  '.saveData': 'false where there is no connection to ask',
  '.showModal': 'the cashier lies over the page without it',
  '.vibrate': 'called only where it is',
  '.writeText': 'the text to copy is shown instead',
  '.xor': 'of qrcode',
  '.yield': 'of our reader of codes',
  ResizeObserver: 'on-resize.ts listens to the window instead',
  cancelIdleCallback: 'with requestIdleCallback',
  createImageBitmap: 'read-picture.ts draws an image instead',
  'navigator.clipboard': 'the text to copy is shown instead',
  'navigator.wakeLock': 'the screen may go dark',
  requestIdleCallback: 'a timer instead',
  trustedTypes: 'addresses are plain texts without it',
}
const DEGRADES = {
  ':focus-visible': 'the rule is dropped, and the ring always shown',
  appearance: 'with its prefix beside it',
  'color-scheme': 'scroll bars stay light',
  'contain-intrinsic-size': 'with content-visibility',
  'content-visibility': 'rows out of sight are laid out, too',
  cursor: 'phones have none',
  'forced-color-adjust': 'for high contrast on computers',
  'overflow-wrap: anywhere': 'a long word is cut off',
  'overscroll-behavior': 'the page behind scrolls at the end',
  'rect()': 'of clip, which is as old as it gets',
  'scrollbar-width': 'a scroll bar is seen',
  'text-size-adjust': 'with its prefix beside it',
  'text-wrap': 'lines are less even',
  'user-select': 'with its prefix beside it',
}

/** `vite build` as it is, into a folder of its own. */
async function build(): Promise<string> {
  const outDir = mkdtempSync(join(tmpdir(), 'ecode-sdk-'))
  folders.push(outDir)
  const builder = await createBuilder({ root, logLevel: 'error', build: { outDir } }, null)
  await builder.buildApp()
  return outDir
}

function readFiles(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const files = names.filter((name) => /\.\w+$/.test(name)).sort()
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(folder, name), 'utf8')]))
}

beforeAll(async () => {
  dist = await build()
})
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

const scripts = () =>
  Object.entries(readFiles(dist)).filter(
    ([name]) => name.endsWith('.js') && !name.startsWith('npm/'),
  )

test('the same source gives the same bytes', async () => {
  const [one, two] = [readFiles(dist), readFiles(await build())]
  expect(Object.keys(two)).toEqual(Object.keys(one))
  for (const [name, code] of Object.entries(one)) expect(two[name] === code, name).toBe(true)
})

describe('the floor: Chromium 78 and Safari 13', () => {
  test('every script is ES2019', () => {
    expect(scripts().length).toBeGreaterThan(3)
    for (const [, code] of scripts()) parse(code, { ecmaVersion: 2019, sourceType: 'script' })
  })

  // By MDN's data. What is listed here is tested for where it is used, degrades, or is a name of ours
  // that the platform has since taken for something else; a line that is needed no more fails, too.
  test('nothing that engines of the floor lack is used untested', () => {
    const used = findTooNewInScripts(scripts().map(([, code]) => code))
    expect(used).toEqual(Object.keys(TESTED_FOR).sort())
    const styles = Object.entries(readFiles(dist)).filter(([name]) => name.endsWith('.css'))
    const styled = new Set(styles.flatMap(([, text]) => findTooNewInStyle(text)))
    expect([...styled].sort()).toEqual(Object.keys(DEGRADES).sort())
  })

  test('what would be missed is found', () => {
    const script = `structuredClone(a.at(0)); Object.hasOwn(b, 'c'); AbortSignal.timeout(9); crypto.randomUUID()
      'x'.replaceAll('x', ''); self.WeakRef; Promise.any([]); d.inert = true; URL.canParse('')`
    expect(findTooNewInScripts([script])).toEqual([
      ...['.at', '.inert', '.replaceAll', 'AbortSignal.timeout', 'Object.hasOwn', 'Promise.any'],
      ...['URL.canParse', 'WeakRef', 'crypto.randomUUID', 'structuredClone'],
    ])
    const style = `a { inset: 0; display: flex; gap: 1px; aspect-ratio: 1; height: 100dvh }
      b { display: grid; gap: 1px } @layer x {} c:has(d) { width: clamp(1px, 2px, 3px) }
      @supports (inset: 0) { e { inset: 0 } }`
    expect(findTooNewInStyle(style)).toEqual([
      ...[':has', '@layer', 'aspect-ratio', 'clamp()', 'dvh', 'gap in a flex box', 'inset'],
    ])
  })

  // Each came to Chromium after 78 or to Safari after 13, and would break without a word.
  test.each([
    /\.at\(/,
    /\.replaceAll\(/,
    /\.(findLast|toSorted|toReversed|toSpliced|with)\(/,
    /\.replaceChildren\(/,
    /\b(hasOwn|groupBy|withResolvers|structuredClone|randomUUID|WeakRef|reportError)\b/,
    /AbortSignal\.(any|timeout)/,
    /Promise\.(any|try)/,
    /\bBigInt\b|\d+n\b/,
    /matchMedia\([^)]*\)\.addEventListener/,
  ])('no script uses %s', (pattern) => {
    for (const [name, code] of scripts()) {
      // An integrity is any letters.
      const own = code.replace(/sha256-[\w+/=]{44}/g, '')
      expect(pattern.exec(own)?.[0], name).toBeUndefined()
    }
  })
})

test('the manifest names each part by what is in it, and its integrity is right', () => {
  const files = readFiles(dist)
  const manifest = JSON.parse(files['manifest.json'] ?? '')
  expect(manifest.loader).toBe('ecode.js')
  expect(manifest.firstCode).toEqual(['ecode.js', manifest.parts.widget.file])
  for (const { file, integrity } of Object.values<{ file: string; integrity?: string }>(
    manifest.parts,
  )) {
    const hash = createHash('sha256')
      .update(files[file] ?? '')
      .digest()
    expect(file).toContain(hash.toString('hex').slice(0, 10))
    expect(integrity ?? 'a style').toBe(
      file.endsWith('.js') ? `sha256-${hash.toString('base64')}` : 'a style',
    )
  }
  expect(files['ecode.js']).toContain(manifest.parts.widget.integrity)
  expect(Object.keys(manifest.integrity)).toEqual(['ecode.js', 'element.js', 'ecode-sw.js'])
  expectIntegrity(manifest.integrity, (name) => files[name])
})

function expectIntegrity(
  integrity: Record<string, string>,
  read: (name: string) => string | undefined,
) {
  for (const [name, given] of Object.entries(integrity)) {
    const hash = createHash('sha384')
      .update(read(name) ?? '')
      .digest('base64')
    expect(given, name).toBe(`sha384-${hash}`)
  }
}

test('the folder for apps is whole: what a first code needs in one script, all else beside it (R21)', () => {
  const files = readFiles(dist)
  const { offline, parts } = JSON.parse(files['manifest.json'] ?? '')
  const { integrity } = JSON.parse(files['offline/manifest.json'] ?? '')
  expect(offline).toEqual(['widget', 'qr', 'more', 'host'])
  expectIntegrity(integrity, (name) => files[`offline/${name}`])
  const script = files['offline/ecode.js'] ?? ''
  for (const [part, { file }] of Object.entries<{ file: string }>(parts)) {
    const isBundled = offline.includes(part)
    expect([part, `offline/${file}` in files, file in integrity, script.includes(file)]).toEqual(
      isBundled ? [part, false, false, part !== 'widget'] : [part, true, true, true],
    )
  }
})

test('each part names those fetched after it, and what two of them need is fetched once', () => {
  const files = readFiles(dist)
  const { parts } = JSON.parse(files['manifest.json'] ?? '')
  const code = (part: string) => files[parts[part].file] ?? ''
  const first = ['more', 'qr', 'english']
  const later = [
    'access',
    'englishAccess',
    'wallet',
    'englishWallet',
    'ways',
    'englishWays',
    'reader',
    'host',
    'englishHost',
    'signIn',
  ]
  for (const part of [...first, ...later]) {
    const names = (by: string) => code(by).includes(parts[part].integrity)
    expect([part, names('widget'), names('more')]).toEqual([
      ...[part, first.includes(part), later.includes(part)],
    ])
  }
  const holders = (what: string) => Object.keys(parts).filter((part) => code(part).includes(what))
  // The access code is drawn with what draws the payment code's QR.
  expect(holders('chosen QR Code version')).toEqual(['qr'])
  expect(code('access')).toContain('require("symbols")')
  // What the other ways to pay need of the wallet is there, because the wallet was fetched before.
  expect(code('ways')).toContain('require("purse")')
  expect(holders('key-go').filter((part) => !part.endsWith('.css'))).toEqual(['wallet'])
})

test('schemas, environments and machines stay out of it', () => {
  // The written form of a collection link names it (docs/codes.md): the demo's stand on one machine.
  const form = '127\\\\.0\\\\.0\\\\.1|localhost'
  for (const [name, whole] of Object.entries(readFiles(dist))) {
    const code = whole.replace(form, '')
    expect(
      /_zod|process\.env|import\.meta|localhost|127\.0\.0\.1|eval\(/.exec(code)?.[0],
      name,
    ).toBe(undefined)
    expect(code.includes(root), name).toBe(false)
  }
})

test('nothing is written as HTML, and no style as an attribute (CSP)', () => {
  for (const [name, code] of scripts()) {
    expect(/insertAdjacentHTML|document\.write|new Function/.exec(code)?.[0], name).toBeUndefined()
  }
})

test('the script tag brings one global, and a second one changes nothing', () => {
  const loader = readFiles(dist)['ecode.js'] ?? ''
  const page: { ECode?: { version: string; create(options: object): object } } = {}
  const script = { src: 'https://pay.school.edu/ecode/v1/ecode.js', nonce: '' }
  const document = { currentScript: script }
  const run = () => new Function('window', 'document', loader)(page, document)
  const before = Object.keys(globalThis)
  run()
  const { ECode } = page
  run()
  expect(page).toEqual({ ECode })
  expect(page.ECode).toBe(ECode)
  expect(Object.keys(globalThis)).toEqual(before)
  const session = vi.fn()
  ECode?.create({ school: '1001', subject: 's', session })
  expect(() => ECode?.create({ school: '1', subject: 's', session })).toThrow(/^school must be/)
  expect(session).not.toHaveBeenCalled()
})

test('the script of the element brings the loader along', () => {
  const files = readFiles(dist)
  const page: { ECode?: object } = {}
  const document = { currentScript: { src: 'https://pay.school.edu/v1/element.js', nonce: '' } }
  new Function('window', 'document', files['element.js'] ?? '')(page, document)
  expect(page.ECode).toHaveProperty('create')
  expect(files['element.js']).toContain('campus-ecode')
})

test('the npm entry stands alone and can be imported on a server', async () => {
  const code = readFiles(dist)['npm/index.js'] ?? ''
  expect(/\bimport\b[^(]*['"]/.exec(code)).toBeNull()
  const entry = await import(/* @vite-ignore */ join(dist, 'npm/index.js'))
  expect(Object.keys(entry)).toEqual(['ECodeError', 'create', 'signIn'])
})
