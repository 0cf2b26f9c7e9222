// node scripts/wechat.mjs: a window that is somebody's WeChat in the running demo. Pages take it for WeChat by
// its user agent; the bridge comes with the sandbox's JS-SDK.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findChromium } from './chromium.mjs'

const WECHAT =
  'Mozilla/5.0 (Linux; Android 14; V2244A Build/UP1A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 ' +
  'Chrome/142.0.0.0 Mobile Safari/537.36 XWEB/1420047 MicroMessenger/8.0.68.2880(0x28004455) WeChat/arm64 ' +
  'Weixin NetType/WIFI Language/zh_CN ABI/arm64'

const { WECHAT_PORT, DEMO_PORT = '8082' } = process.env
const url = `http://127.0.0.1:${WECHAT_PORT || Number(DEMO_PORT) + 7}/phones`
const chromium = findChromium()
if (!chromium) throw new Error('no Chromium: install one, or set CHROMIUM_PATH')
const profile = mkdtempSync(join(tmpdir(), 'campus-ecode-wechat-'))
const window = spawn(
  chromium,
  [
    ...[`--app=${url}`, `--user-agent=${WECHAT}`, `--user-data-dir=${profile}`],
    ...['--window-size=400,860', '--no-first-run', '--disable-sync'],
  ],
  { stdio: 'ignore' },
)
console.log(`WeChat   ${url}`)
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => window.kill(signal))
window.on('exit', (code) => {
  rmSync(profile, { recursive: true, force: true })
  process.exit(code ?? 0)
})
