import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createSigningKey } from '@campus-ecode/protocol/signing-key'
import type { Logger } from 'pino'
import { v7 } from 'uuid'
import type { CommandConfig, Config } from './config.ts'
import { type Database, openDatabase } from './db/database.ts'
import { assertDurable } from './db/durability.ts'
import { migrate } from './db/migrate.ts'
import { createEventBell } from './events/event-bell.ts'
import type { Services } from './http/operation.ts'
import { createKeyClient, type KeyClient } from './keys/key-client.ts'
import { type KeyProcess, startKeyProcess } from './keys/key-process.ts'
import { createPayBatcher } from './payments/pay.ts'
import {
  createBankGateway,
  createDebitPort,
  createOneCardPort,
  createSmsPort,
} from './ports/http-ports.ts'
import { createRealNamePort } from './ports/real-name-port.ts'
import { createUtilityPort } from './ports/utility-port.ts'
import { openWechatApps } from './wechat/open-wechat-apps.ts'
import { openWechatPort } from './wechat/open-wechat-port.ts'
import { wechatCodes } from './wechat/wechat-codes.ts'

/** Whoever asks whether we are ready does not wait long. */
const CHECK_TIMEOUT_MS = 2_000

export interface OpenServices {
  services: Services
  /** Throws unless the database and the key process answer. */
  check(): Promise<void>
  checkKeys(): Promise<void>
  /** Ends all waiting for events, so that their readers can be answered. */
  stopWaiting(): void
  close(): Promise<void>
}

/**
 * Opens everything operations work with: the database, brought forward and found durable, the key
 * process and the ports. What was opened is closed again when something later fails.
 */
export async function openServices(
  config: CommandConfig & Partial<Pick<Config, 'keypad'>>,
  log: Logger,
): Promise<OpenServices> {
  const opened: (() => Promise<unknown>)[] = []
  const close = async () => {
    for (const one of opened.splice(0).reverse()) await one()
  }
  try {
    const db = await openDatabase({ DATA_DIR: config.dataDir, DATABASE_URL: config.databaseUrl })
    opened.push(() => db.close())
    const applied = await migrate(db.pool)
    if (applied.length > 0) log.info({ applied }, 'the database was brought forward')
    await assertDurable(db.pool)

    const keys = await openKeys(config, log, opened)
    const key = createSigningKey(config.ports.key)
    const now = () => Date.now()
    const { realName } = config.ports
    const wechat =
      config.wechat &&
      (await openWechatPort(config.wechat, { publicOrigin: config.keypad?.origin, now, log }))
    const outside = {
      bank: createDebitPort({ name: 'bank', url: config.ports.bankUrl, key, now, log }),
      gateway: createBankGateway({ name: 'bank', url: config.ports.bankUrl, key, now, log }),
      oneCard: createOneCardPort({ name: 'one_card', url: config.ports.oneCardUrl, key, now, log }),
      sms: createSmsPort({ name: 'sms', url: config.ports.smsUrl, key, now, log }),
      realName:
        realName &&
        createRealNamePort({
          name: 'real_name',
          url: realName.url,
          key: createSigningKey(realName.key),
          now,
          log,
        }),
      utility:
        config.ports.utilityUrl === undefined
          ? undefined
          : createUtilityPort({ name: 'utility', url: config.ports.utilityUrl, key, now, log }),
      ...openWechatApps(config.wechatApps, log),
      wechat,
    }
    opened.push(() => Promise.all(Object.values(outside).map((port) => port?.close())))
    const foreignCodes = wechat ? { wechat: wechatCodes(wechat) } : {}
    const bell = createEventBell()
    const services: Services = {
      db,
      keys,
      payBatch: createPayBatcher(db),
      ports: { ...outside, foreignCodes },
      keypadOrigin: config.keypad?.origin,
      bffOrigin: config.bffOrigin,
      wechatScriptUrl: config.wechatApps?.scriptUrl ?? '',
      wechatTemplates: config.wechatApps?.templates ?? {},
      now,
      log,
      newId: () => v7(),
      wakeEvents: bell.ring,
      waitForEvents: bell.wait,
    }
    return {
      services,
      check: () => check(db, keys),
      checkKeys: keys.check,
      stopWaiting: bell.stop,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

async function openKeys(
  config: CommandConfig,
  log: Logger,
  opened: (() => Promise<unknown>)[],
): Promise<KeyClient> {
  let own: KeyProcess | undefined
  if (!config.keySocket) {
    own = await startKeyProcess(join(config.dataDir, 'keys'), log)
    opened.push(own.stop)
  }
  const keys = createKeyClient(config.keySocket ?? own?.socketPath ?? '')
  opened.push(keys.close)
  await keys.check()
  return keys
}

async function check(db: Database, keys: KeyClient): Promise<void> {
  const late = sleep(CHECK_TIMEOUT_MS, undefined, { ref: false }).then(() => {
    throw new Error('the database does not answer')
  })
  await Promise.all([Promise.race([db.pool.query('select 1'), late]), keys.check()])
}
