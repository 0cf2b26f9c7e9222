import type { ECode } from '../ecode.ts'
import { createInstance } from './instance.ts'
import { createPartLoader, type PartFile, type PartLoader } from './part-loader.ts'
import { makeSignIn } from './sign-in.ts'

// The script tag: a classic script that a page may load as often as it likes.

declare const __VERSION__: string
declare const __WIDGET__: PartFile
declare global {
  interface Window {
    /** `part` and `style` serve our npm entry. */
    ECode?: ECode & PartLoader
  }
}

if (!window.ECode) {
  const script = document.currentScript as HTMLScriptElement | null
  // …/v1/ecode.js or …/<exact version>/ecode.js
  const { src = '', nonce = '' } = script || {}
  const [, folder = '', baseUrl] = /^((.*)\/[^/]+\/)[^/]*$/.exec(src) || []
  const loader = createPartLoader(folder, { widget: __WIDGET__ }, nonce)
  const source = { ...loader, baseUrl, nonce }
  window.ECode = {
    ...loader,
    version: __VERSION__,
    create: (options) => createInstance(options, source),
    signIn: makeSignIn(source),
  }
}
