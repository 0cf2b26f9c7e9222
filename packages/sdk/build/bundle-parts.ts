import type { Plugin } from 'vite'
import type { PartTable } from './pack-parts.ts'

const MODULE = 'virtual:ecode-parts'

/**
 * Parts as one module, for the script that needs none of them from anywhere: `bundled`, what each leaves
 * on its element, and `files`, where the other parts are.
 *
 * @param table Filled, with the sources, once the parts are built.
 */
export function bundleParts(table: PartTable, names: readonly string[]): Plugin {
  return {
    name: 'ecode-bundle-parts',
    resolveId: (id) => (id === MODULE ? `\0${MODULE}` : undefined),
    load(id) {
      if (id !== `\0${MODULE}`) return undefined
      const bundled = names.map((name) => `${name}:${table[name]?.modules}`)
      const beside = Object.entries(table).filter(([name]) => !names.includes(name))
      const files = beside.map(([name, { file, integrity }]) => [name, { file, integrity }])
      return [
        `export const bundled={${bundled}}`,
        `export const files=${JSON.stringify(Object.fromEntries(files))}`,
      ].join('\n')
    },
  }
}
