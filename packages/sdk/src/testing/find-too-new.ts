import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { CompatData, CompatStatement, Identifier } from '@mdn/browser-compat-data'
import { type AnyNode, type MemberExpression, parse } from 'acorn'
import { simple } from 'acorn-walk'
import postcss, { type Declaration, type Rule } from 'postcss'

/** The oldest engines that draw a code. */
const FLOOR = { chrome: 78, safari_ios: 13 } as const

// Read, not imported: it is 20 MB, which a bundler would look through.
const data = createRequire(import.meta.url).resolve('@mdn/browser-compat-data')
const bcd = JSON.parse(readFileSync(data, 'utf8')) as CompatData

const builtins = bcd.javascript.builtins as Identifier
const api = bcd.api as Identifier
const css = bcd.css as unknown as Record<'properties' | 'selectors' | 'at-rules', Identifier>

/**
 * What scripts use that engines of the floor lack, by MDN's compatibility data: globals, members of known
 * globals, and members of whatever object whose name no old interface has, unless the name is also one
 * that the scripts give to members of their own.
 *
 * @param codes All scripts that use one another's objects.
 */
export function findTooNewInScripts(codes: readonly string[]): string[] {
  const programs = codes.map((code) => parse(code, { ecmaVersion: 2022, sourceType: 'module' }))
  const own = new Set(programs.flatMap(listOwnMembers))
  return [...new Set(programs.flatMap((program) => findTooNew(program, own)))].sort()
}

function findTooNew(program: AnyNode, own: ReadonlySet<string>): string[] {
  const found = new Set<string>()
  const declared = listDeclared(program)
  simple(program, {
    Identifier({ name }) {
      if (!declared.has(name) && isTooNew(readGlobal(name))) found.add(name)
    },
    MemberExpression(node) {
      const name = nameOf(node)
      if (!name) return
      const { object } = node
      const owner = object.type === 'Identifier' && !declared.has(object.name) ? object.name : ''
      if (['window', 'self', 'globalThis'].includes(owner)) {
        if (isTooNew(readGlobal(name))) found.add(name)
        return
      }
      const known = readGlobal(owner)
      if (known) {
        const member = known[name] ?? known[`${name}_static`]
        if (member && isTooNew(member)) found.add(`${owner}.${name}`)
        return
      }
      const all = own.has(name) ? undefined : membersByName.get(name)
      if (!all?.every(isTooNew)) return
      found.add(`.${name}`)
    },
  })
  return [...found]
}

/** The same of a style sheet, but for what stands in `@supports`. */
export function findTooNewInStyle(text: string): string[] {
  const found = new Set<string>()
  const root = postcss.parse(text)
  root.walkAtRules(({ name }) => {
    if (isTooNew(css['at-rules'][name])) found.add(`@${name}`)
  })
  root.walkRules((rule) => {
    if (isGuarded(rule)) return
    for (const [, name = ''] of rule.selector.matchAll(/::?([a-z][a-z-]*)/g)) {
      if (isTooNew(css.selectors[name])) found.add(`:${name}`)
    }
  })
  root.walkDecls((declaration) => {
    if (isGuarded(declaration)) return
    const { prop, value } = declaration
    const property = css.properties[prop]
    if (isTooNew(property)) found.add(prop)
    else if (isTooNew(property?.[value])) found.add(`${prop}: ${value}`)
    if (/^(row-|column-)?gap$/.test(prop) && !isGrid(declaration.parent as Rule)) {
      if (isTooNew(property?.flex_context)) found.add(`${prop} in a flex box`)
    }
    for (const [, name = ''] of value.matchAll(/([a-z-]+)\(/g)) {
      if (isTooNew(functionsByName.get(name))) found.add(`${name}()`)
    }
    for (const [, unit = ''] of value.matchAll(/\d([sld]v[hw])\b/g)) found.add(unit)
  })
  return [...found].sort()
}

function isTooNew(entry: Identifier | undefined): boolean {
  const support = entry?.__compat?.support
  if (!support) return false
  return Object.entries(FLOOR).some(([engine, floor]) => {
    const given = support[engine as keyof CompatStatement['support']]
    const statements = given === undefined ? [] : Array.isArray(given) ? given : [given]
    const plain = statements.filter(
      (statement) => !statement.flags && !statement.prefix && !statement.alternative_name,
    )
    return !plain.some(
      ({ version_added: added }) =>
        typeof added === 'string' && Number.parseFloat(added.replace('≤', '')) <= floor,
    )
  })
}

function readGlobal(name: string): Identifier | undefined {
  if (!name || name.startsWith('__')) return undefined
  return instances[name] ?? pick(builtins, name) ?? pick(api, name) ?? pick(api.Window, name)
}

function pick(from: Identifier | undefined, name: string): Identifier | undefined {
  return from && Object.keys(from).includes(name) ? from[name] : undefined
}

/** Globals that are one of their interface. */
const instances: Record<string, Identifier | undefined> = {
  document: api.Document,
  navigator: api.Navigator,
  crypto: api.Crypto,
  performance: api.Performance,
  location: api.Location,
  history: api.History,
  console: api.console,
}

const membersByName = new Map<string, Identifier[]>()
for (const owner of [...Object.values(builtins), ...Object.values(api)] as Identifier[]) {
  for (const [key, entry] of Object.entries(owner)) {
    const name = key.replace(/_(static|event)$/, '')
    if (key !== '__compat')
      membersByName.set(name, [...(membersByName.get(name) ?? []), entry as Identifier])
  }
}

const functionsByName = new Map<string, Identifier>()
const collect = (from: Identifier) => {
  for (const [name, entry] of Object.entries(from)) {
    if (name === '__compat') continue
    if (!functionsByName.has(name)) functionsByName.set(name, entry as Identifier)
    collect(entry as Identifier)
  }
}
collect((bcd.css as unknown as { types: Identifier }).types)

function nameOf({ property, computed }: MemberExpression): string | undefined {
  if (!computed) return property.type === 'Identifier' ? property.name : undefined
  return property.type === 'Literal' && typeof property.value === 'string'
    ? property.value
    : undefined
}

/** Names that a file gives to members of objects, classes and patterns of its own. */
function listOwnMembers(program: AnyNode): string[] {
  const names: string[] = []
  const add = ({ key }: { key: AnyNode }) => {
    if (key.type === 'Identifier') names.push(key.name)
    if (key.type === 'Literal') names.push(String(key.value))
  }
  simple(program, {
    Property: add,
    MethodDefinition: add,
  })
  return names
}

/** Every name that a file binds anywhere: what is left is global. */
function listDeclared(program: AnyNode): Set<string> {
  const names = new Set<string>()
  const bind = (node: AnyNode | null) => {
    if (!node) return
    if (node.type === 'Identifier') names.add(node.name)
    else if (node.type === 'ObjectPattern') {
      for (const each of node.properties)
        bind(each.type === 'RestElement' ? each.argument : each.value)
    } else if (node.type === 'ArrayPattern') node.elements.forEach(bind)
    else if (node.type === 'AssignmentPattern') bind(node.left)
    else if (node.type === 'RestElement') bind(node.argument)
  }
  const ofFunction = (node: { id?: AnyNode | null; params: AnyNode[] }) => {
    bind(node.id ?? null)
    node.params.forEach(bind)
  }
  simple(program, {
    VariableDeclarator: ({ id }) => bind(id),
    Function: ofFunction,
    Class: ({ id }) => bind(id ?? null),
    CatchClause: ({ param }) => bind(param ?? null),
    ImportDeclaration({ specifiers }) {
      for (const { local } of specifiers) bind(local)
    },
  })
  return names
}

function isGuarded(node: Rule | Declaration): boolean {
  for (let above = node.parent; above; above = above.parent as typeof above) {
    if (above.type === 'atrule' && 'name' in above && above.name === 'supports') return true
  }
  return false
}

function isGrid(rule: Rule): boolean {
  return rule.nodes?.some(
    (each) => each.type === 'decl' && each.prop === 'display' && each.value.includes('grid'),
  )
}
