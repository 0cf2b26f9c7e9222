// @ts-expect-error Made by the build: what the bundled parts leave on their elements.
import { files, bundled as made } from 'virtual:ecode-parts'
import { createInstance } from './instance.ts'
import { createPartLoader, type Factory, type Module, type PartLoader } from './part-loader.ts'
import { makeSignIn } from './sign-in.ts'

// The same loader for apps that ship our files: what a first code needs is in this script, so that it
// is drawn without a network; the other parts lie beside it.

declare const __VERSION__: string

const bundled: Record<string, Record<string, Factory>> = made

if (!window.ECode) {
  const script = document.currentScript as HTMLScriptElement | null
  const { src = '', nonce = '' } = script || {}
  const modules: Record<string, Module> = {}
  const beside = createPartLoader(src.replace(/[^/]*$/, ''), files, nonce, modules)
  const part: PartLoader['part'] = async (name) => {
    const own = bundled[name]
    if (!own) return beside.part(name)
    if (!modules[name]) {
      for (const id in own) modules[id] = (own[id] as Factory)((wanted) => modules[wanted])
    }
    return modules[name] as never
  }
  // Where the BFF is, nothing says but the options.
  const source = { ...beside, part, baseUrl: undefined, nonce }
  window.ECode = {
    part,
    style: beside.style,
    version: __VERSION__,
    create: (options) => createInstance(options, source),
    signIn: makeSignIn(source),
  }
}
