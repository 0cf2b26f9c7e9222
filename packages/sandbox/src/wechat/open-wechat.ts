import { join } from 'node:path'
import type { HandledCall } from '../answer-call.ts'
import type { Config } from '../config.ts'
import type { Faults } from '../faults.ts'
import type { Journal } from '../journal.ts'
import { Listener } from '../listener.ts'
import { openKeyMaterial } from './school-keys.ts'
import { createTradeBook, type TradeEntry } from './trade-book.ts'
import { createWechatApp } from './wechat-app.ts'

/** WeChat at a port of its own; nothing where it is not set up. */
export async function openWechat(
  config: Config,
  {
    journal,
    ...rest
  }: { journal: Journal<TradeEntry>; calls: HandledCall[]; faults: Faults; stopping: AbortSignal },
): Promise<Listener | undefined> {
  const { WECHAT_PORT: port, WECHAT_KEYS_DIR: keysDir } = config
  const { WECHAT_APP_ID: appId, WECHAT_APP_SECRET: appSecret, WECHAT_MCH_ID: mchId } = config
  const { WECHAT_API_V3_KEY: apiV3Key, WECHAT_API_V2_KEY: apiV2Key } = config
  const isSet = appId && appSecret && mchId && apiV3Key && apiV2Key
  if (port === undefined || !keysDir || !isSet) return undefined
  const app = createWechatApp({
    ...rest,
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
