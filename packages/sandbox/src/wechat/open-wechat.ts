import { join } from 'node:path'
import type { HandledCall } from '../answer-call.ts'
import type { Config } from '../config.ts'
import { readDemoFile } from '../demo/demo-file.ts'
import type { Faults } from '../faults.ts'
import type { Journal } from '../journal.ts'
import { Listener } from '../listener.ts'
import type { MenuEntry } from './phone-app.ts'
import { openKeyMaterial } from './school-keys.ts'
import type { TemplateMessage } from './template-messages.ts'
import { createTradeBook, type TradeEntry } from './trade-book.ts'
import { createWechatApp } from './wechat-app.ts'

/** WeChat at a port of its own; nothing where it is not set up. */
export async function openWechat(
  config: Config,
  {
    journal,
    messageJournal,
    ...rest
  }: {
    journal: Journal<TradeEntry>
    messageJournal: Journal<TemplateMessage>
    calls: HandledCall[]
    faults: Faults
    stopping: AbortSignal
  },
): Promise<Listener | undefined> {
  const { WECHAT_PORT: port, WECHAT_KEYS_DIR: keysDir } = config
  const { WECHAT_APP_ID: appId, WECHAT_APP_SECRET: appSecret, WECHAT_MCH_ID: mchId } = config
  const { WECHAT_API_V3_KEY: apiV3Key, WECHAT_API_V2_KEY: apiV2Key } = config
  const isSet = appId && appSecret && mchId && apiV3Key && apiV2Key
  if (port === undefined || !keysDir || !isSet) return undefined
  const { WECHAT_MP_APP_ID: mpAppId, WECHAT_MP_APP_SECRET: mpAppSecret } = config
  const app = createWechatApp({
    ...rest,
    messageJournal,
    miniProgram: mpAppId && mpAppSecret ? { appId: mpAppId, appSecret: mpAppSecret } : undefined,
    domains: (config.WECHAT_DOMAINS ?? '127.0.0.1').split(','),
    readMenu: () => readMenu(config),
    account: { appId, appSecret, mchId, apiV3Key, apiV2Key },
    keys: await openKeyMaterial(join(config.DATA_DIR, 'sandbox', 'wechat-keys'), keysDir),
    book: createTradeBook(journal),
    origin: () => listener.origin,
  })
  const listener: Listener = new Listener(app, config.HOST, port)
  const { faults } = rest
  faults.onChange('wechat', (fault) => (fault === 'down' ? listener.down() : listener.up()))
  return listener
}

/** As a school sets it up at WeChat: addresses of the hosted page, and of a page of its own. */
async function readMenu(config: Config): Promise<MenuEntry[]> {
  const demo = await readDemoFile(join(config.DATA_DIR, 'demo.json'))
  const { OFFICIAL_ACCOUNT_URL: ownPage } = config
  if (!demo) return []
  const hosted = `${demo.bffUrl}/h5/${demo.school.id}`
  return [
    { label: '校园卡', url: hosted },
    { label: '付款码', url: `${hosted}?screen=pay` },
    ...(ownPage ? [{ label: '学校网页', url: ownPage }] : []),
  ]
}
