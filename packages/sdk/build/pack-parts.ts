import { createHash } from 'node:crypto'
import { type Plugin, parseAst } from 'vite'

/** A file of the build, as the loader fetches it. */
export interface PackedFile {
  /** Below dist/. */
  file: string
  integrity?: string
  /** What the script leaves on its element, as text. */
  modules?: string
}

/** Each part's own files: its script by the part's name, its style sheet as `<part>.css`. */
export type PartTable = Record<string, PackedFile>

/** The part that is fetched first. It carries all it shares with the others. */
const FIRST = 'widget'
/** Fetched after it, and before the rest. */
const SECOND = 'more'
/**
 * Parts that carry what they share with those fetched after them, in that order, and the module it
 * stands in. What a part needs of an earlier one is there, because the earlier one was fetched before.
 */
const CARRIERS = { [FIRST]: 'shared', [SECOND]: 'common', qr: 'symbols', wallet: 'purse' } as const
/** What the bundler adds for modules in the older form; only `qrcode` has that. */
const RUNTIME = 'rolldown-runtime'
/**
 * Parts that are fetched after both: the second carries what several rows of them share. Rows come in
 * any order; within a row each part after the one before.
 */
const THIRD = [['access'], ['wallet', 'ways'], ['host'], ['signIn']]
/** Their files, and no others', are named by the second part: the first has to be small. */
const OF_THIRD = /^((english)?(access|wallet|ways|host)|reader|signIn)\b/i
/**
 * Chromium compiles a script that begins so while it arrives, beside the main thread, and not function
 * by function when each is called first: a third of the way to the first code. Others read a comment.
 */
const COMPILE_AT_ONCE = '//# allFunctionsCalledOnLoad\n'
const ON_THE_WAY_TO_A_CODE = [FIRST, 'qr']
/** A style sheet that a part carries as text is also a file, for engines that need it so. */
const STYLE = /\/styles\/(\w+)\.css\?inline$/

/**
 * Makes classic scripts of the ES modules of the build: a function for each module, left on the
 * script's own element, to be run by the loader's few lines of `require`. Their names and their
 * integrity come from what is in them.
 *
 * The carriers say in a module `files` where the parts after them are.
 */
export function packParts(table: PartTable): Plugin {
  const carried = new Map<string, string>()
  const styles = new Map<string, string>()

  return {
    name: 'ecode-pack-parts',
    applyToEnvironment: (environment) => environment.name === 'parts',
    enforce: 'post',
    config() {
      const groups = Object.values(CARRIERS).map((name) => ({
        name,
        test: (id: string) => carried.get(id) === name,
      }))
      return {
        environments: {
          parts: { build: { rolldownOptions: { output: { codeSplitting: { groups } } } } },
        },
      }
    },
    buildEnd() {
      const infos = [...this.getModuleIds()].map((id) => this.getModuleInfo(id))
      /** What a part needs and no carrier has. */
      const reach = (part: string): Set<string> => {
        const file = part.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
        const entry = infos.find((info) => info?.isEntry && info.id.includes(`/${file}.ts`))
        const reached = new Set<string>()
        const follow = (id: string) => {
          if (carried.has(id) || reached.has(id)) return
          reached.add(id)
          this.getModuleInfo(id)?.importedIds.forEach(follow)
        }
        if (entry) follow(entry.id)
        return reached
      }
      const carry = (part: keyof typeof CARRIERS) => {
        for (const id of reach(part)) carried.set(id, CARRIERS[part])
      }
      carry(FIRST)
      carry(SECOND)
      carry('qr')
      const rows = THIRD.map((row) => new Set(row.flatMap((part) => [...reach(part)])))
      for (const id of rows.flatMap((ids) => [...ids])) {
        if (rows.filter((ids) => ids.has(id)).length > 1) carried.set(id, CARRIERS[SECOND])
      }
      carry('wallet')
    },
    transform(code, id) {
      const [, part] = STYLE.exec(id) ?? []
      if (part) styles.set(part, JSON.parse(code.replace(/^export default |;?\s*$/g, '')))
    },
    generateBundle(_, bundle) {
      const modules = new Map<string, string>()
      for (const chunk of Object.values(bundle)) {
        if (chunk.type === 'chunk') modules.set(chunk.name, toFactory(chunk.code))
        delete bundle[chunk.fileName]
      }
      const emit = (part: string, extension: string, source: string) => {
        const hash = createHash('sha256').update(source).digest()
        const file = `assets/${part}-${hash.toString('hex').slice(0, 10)}.${extension}`
        this.emitFile({ type: 'asset', fileName: file, source })
        return { file, integrity: `sha256-${hash.toString('base64')}` }
      }
      const add = (part: string, modules: string) => {
        const hint = ON_THE_WAY_TO_A_CODE.includes(part) ? COMPILE_AT_ONCE : ''
        const script = `${hint}document.currentScript.ecode=${modules}`
        table[part] = { ...emit(part, 'js', script), modules }
      }
      // Without integrity: engines that need a style sheet as a file are few, its bytes are for all.
      // Sorted, because modules arrive in any order and the same source must give the same bytes.
      for (const [part, css] of [...styles].sort()) {
        table[`${part}.css`] = { file: emit(part, 'css', css).file }
      }
      const addCarrier = (
        part: keyof typeof CARRIERS,
        first: Record<string, string | undefined> = {},
      ) => {
        const carried = CARRIERS[part]
        add(
          part,
          toModules({ ...first, [carried]: modules.get(carried), [part]: modules.get(part) }),
        )
      }
      const nameFiles = (isNamed: (file: string) => boolean) => {
        const named = Object.entries(table)
          .filter(([name]) => isNamed(name))
          .map(([name, { file, integrity }]) => [name, { file, integrity }])
        return { files: `function(){return${JSON.stringify(Object.fromEntries(named))}}` }
      }
      const carriers: string[] = [RUNTIME, ...Object.entries(CARRIERS).flat()]
      for (const part of [...modules.keys()].sort()) {
        if (!carriers.includes(part)) add(part, toModules({ [part]: modules.get(part) }))
      }
      addCarrier('qr', { [RUNTIME]: modules.get(RUNTIME) })
      addCarrier('wallet')
      addCarrier(
        SECOND,
        nameFiles((file) => OF_THIRD.test(file)),
      )
      addCarrier(
        FIRST,
        nameFiles((file) => !OF_THIRD.test(file)),
      )
    },
  }
}

function toModules(modules: Record<string, string | undefined>): string {
  const members = Object.entries(modules).map(([name, factory]) =>
    name === RUNTIME ? `'${name}':${factory}` : `${name}:${factory}`,
  )
  return `{${members}}`
}

/**
 * Writes an ES module as a function of `require` that returns the exports.
 *
 * Exports become plain values, which is right for what is never assigned again after the module ran.
 */
function toFactory(code: string): string {
  const edits: { start: number; end: number; text: string }[] = []
  const returns: string[] = []
  for (const node of parseAst(code).body) {
    const { start, end } = node
    if (node.type === 'ImportDeclaration') {
      const names = node.specifiers.map((specifier) => {
        if (specifier.type !== 'ImportSpecifier') throw new Error('only named imports are expected')
        return `${nameOf(specifier.imported)}:${specifier.local.name}`
      })
      edits.push({ start, end, text: `const{${names}}=${requireOf(node.source)};` })
    } else if (node.type === 'ExportNamedDeclaration' && !node.declaration) {
      const from = node.source ? `${requireOf(node.source)}.` : ''
      for (const { exported, local } of node.specifiers) {
        returns.push(`${nameOf(exported)}:${from}${nameOf(local)}`)
      }
      edits.push({ start, end, text: '' })
    } else if (node.type.startsWith('Export')) {
      throw new Error(`${node.type} is not expected`)
    }
  }
  const body = edits.reduceRight(
    (text, edit) => text.slice(0, edit.start) + edit.text + text.slice(edit.end),
    code,
  )
  return `function(require){"use strict";${body.trim()}return{${returns}}}`
}

function requireOf({ value }: { value: string }): string {
  const module = /^\.\/([\w-]+)\.js$/.exec(value)?.[1]
  if (!module) throw new Error(`${value} is not a module of the parts`)
  return `require("${module}")`
}

function nameOf(node: { type: string; name?: string; value?: unknown }): string {
  return node.name ?? String(node.value)
}
