import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

/** Where pages load the JS-SDK from, as at WeChat. */
export const JS_SDK_PATH = '/open/js/jweixin-1.6.0.js'
/** The bridge by itself, for whoever plays WeChat and puts it into pages. */
export const BRIDGE_PATH = '/bridge.js'

export interface BridgeSettings {
  appId: string
  tickets: string[]
  /** Hosts whose pages may be signed for. */
  domains: readonly string[]
  /** Where a page that is closed leads to. */
  home: string
}

const bridge = readFileSync(new URL('../../demo/web/weixin-js-bridge.js', import.meta.url), 'utf8')
const jsSdk = readFileSync(createRequire(import.meta.url).resolve('weixin-js-sdk'), 'utf8')

/** What WeChat puts into every page; a page that is not in WeChat gets it together with the JS-SDK. */
export function writeBridge(settings: BridgeSettings): string {
  return `;(() => { const WEIXIN = ${JSON.stringify(settings)}\n${bridge}\n})();`
}

/** The JS-SDK as it is published, under the names that WeChat's own file gives it. */
export function writeJsSdk(settings: BridgeSettings): string {
  return `${writeBridge(settings)}
;(() => { const module = {}
${jsSdk}
window.jWeixin = window.wx = module.exports })();`
}
