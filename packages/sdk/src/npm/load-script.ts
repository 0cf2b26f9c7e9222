import type { ECode } from '../ecode.ts'
import type { PartLoader, ScriptPolicy } from '../loader/part-loader.ts'

declare global {
  interface Window {
    ECode?: ECode & PartLoader
  }
}

const TIMEOUT_MS = 20_000

/** Under Trusted Types: one address, and that is a BFF's loader. */
const rules: ScriptPolicy = { createScriptURL: (baseUrl) => `${baseUrl}/v1/ecode.js` }
let policy: ScriptPolicy | undefined
let loading: Promise<ECode & PartLoader> | undefined

/** Brings the page's one script tag, whoever put it there; a failure is not kept. */
export function loadScript(baseUrl: string): Promise<ECode & PartLoader> {
  loading ??= new Promise<ECode & PartLoader>((resolve, reject) => {
    if (window.ECode) {
      resolve(window.ECode)
      return
    }
    const script = document.createElement('script')
    const settle = () => {
      clearTimeout(timer)
      if (window.ECode) resolve(window.ECode)
      else reject(new Error(`${script.src} did not load`))
    }
    const timer = setTimeout(settle, TIMEOUT_MS)
    script.onload = script.onerror = settle
    script.nonce = findNonce()
    policy ??= window.trustedTypes?.createPolicy('ecode-npm', rules) ?? rules
    script.src = policy.createScriptURL(baseUrl.replace(/\/+$/, ''))
    document.head.appendChild(script)
  })
  loading.catch(() => {
    loading = undefined
  })
  return loading
}

/** What a page's own scripts may run by, under a policy of nonces, ours may too. */
export function findNonce(): string {
  return document.querySelector<HTMLScriptElement>('script[nonce]')?.nonce ?? ''
}
