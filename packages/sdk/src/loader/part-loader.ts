import type { Parts, WidgetContext } from '../widget-part.ts'

/** One file of the build, as the page may load it. */
export interface PartFile {
  file: string
  integrity?: string
}

export type Module = Record<string, unknown>
export type Factory = (require: (name: string) => Module | undefined) => Module
type PartScript = HTMLScriptElement & { ecode?: Record<string, Factory> }

/** As much of Trusted Types as is used; TypeScript's `dom` has none of it. */
export interface ScriptPolicy {
  createScriptURL(from: string): string
}

declare global {
  interface Window {
    trustedTypes?: { createPolicy(name: string, rules: ScriptPolicy): ScriptPolicy }
  }
}

const TIMEOUT_MS = 20_000

export interface PartLoader {
  /** Fetches a script once. A failure is not kept: the next call tries again. */
  part<K extends keyof Parts>(name: K): Promise<Parts[K]>
  /** Where the style sheet stands that a part carries as text, too. */
  style: WidgetContext['style']
}

/**
 * Fetches the widget's scripts as classic scripts with their integrity.
 *
 * A script leaves its modules on its own element, so that nothing global is needed and two versions
 * on a page do not meet. The first part says, in a module `files`, where those that fit it are.
 *
 * @param base The folder of the loader's own script, with a slash at the end.
 * @param files Those that are known from the start, by their part.
 * @param modules Those that are there already.
 */
export function createPartLoader(
  base: string,
  files: Record<string, PartFile>,
  nonce: string,
  modules: Record<string, Module> = {},
): PartLoader {
  const loading: Record<string, Promise<Module>> = {}

  /** Under Trusted Types, a policy that makes addresses in our own folder and no others. */
  const rules: ScriptPolicy = { createScriptURL: (file) => base + file }
  let policy: ScriptPolicy | undefined

  function fetchScript(name: string): Promise<PartScript> {
    return new Promise((resolve, reject) => {
      const script: PartScript = document.createElement('script')
      const settle = () => {
        script.remove()
        if (script.ecode) resolve(script)
        else reject(new Error(`${script.src} did not load`))
      }
      setTimeout(settle, TIMEOUT_MS)
      script.onload = script.onerror = settle
      script.crossOrigin = 'anonymous'
      script.nonce = nonce
      const { file = '', integrity = '' } = { ...files[name] }
      script.integrity = integrity
      policy ||= window.trustedTypes ? window.trustedTypes.createPolicy('ecode', rules) : rules
      script.src = policy.createScriptURL(file)
      document.head.appendChild(script)
    })
  }

  /**
   * A loader from the cache may name a file of a release that has been replaced since. One of an exact version is
   * told nothing else: a page that holds it to a hash holds every script to one.
   */
  async function fetchAnew(name: string): Promise<PartScript> {
    if (name === 'widget' && /v1.$/.test(base)) {
      const answer = await fetch(`${base}manifest.json`, { cache: 'no-cache' })
      files = (await answer.json()).parts
    }
    return fetchScript(name)
  }

  async function load(name: string): Promise<Module> {
    const { ecode } = await fetchScript(name).catch(() => fetchAnew(name))
    for (const id in ecode) modules[id] = (ecode[id] as Factory)((wanted) => modules[wanted])
    files = { ...files, ...(modules.files as typeof files) }
    return modules[name] as Module
  }

  return {
    part(name) {
      loading[name] ||= load(name).catch((error) => {
        delete loading[name]
        throw error
      })
      return loading[name] as Promise<never>
    },
    style: (name) => base + { ...files[`${name}.css`] }.file,
  }
}
