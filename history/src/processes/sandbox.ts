import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { STOP_WITH_PARENT, startChild } from '@campus-ecode/processes/children'
import { isReady } from '@campus-ecode/processes/is-ready'
import { request } from 'undici'
import { KEYPAD_ORIGIN } from '../clients/passwords.ts'

const PROGRAM = fileURLToPath(new URL('../../../packages/sandbox/dist/main.js', import.meta.url))
const START_TIMEOUT_MS = 20_000

export type FaultName =
  | 'processing'
  | 'decline'
  | 'none'
  | 'wrong_room'
  | 'debit_then_drop'
  | 'ask_password'
  | 'ignored_reversal'
  | 'system_error'
  | 'late_success'

/** Bank, one-card system, utility, WeChat and SMS provider, one process. Their books survive everything here. */
export interface Sandbox {
  readonly url: string
  readonly bankUrl: string
  readonly oneCardUrl: string
  readonly utilityUrl: string
  readonly wechatUrl: string
  readJson(path: string): Promise<unknown>
  /** What the next orders there meet with: no decision yet for a while, or a no. */
  setFault(fault: {
    service: 'bank' | 'one-card' | 'utility' | 'wechat'
    fault: FaultName
    count?: number
    delayMs?: number
  }): Promise<void>
  stop(): Promise<void>
}

export async function startSandbox(options: {
  ports: { pages: number; bank: number; oneCard: number; utility: number; wechat: number }
  dataDir: string
  accountsFile: string
  portKey: { keyId: string; secret: string }
  /** What WeChat and its merchant share. */
  wechat: Record<string, string>
}): Promise<Sandbox> {
  const { ports, portKey } = options
  const child = startChild(process.execPath, [`--import=${STOP_WITH_PARENT}`, PROGRAM], {
    env: {
      PATH: process.env.PATH,
      SANDBOX_PORT: String(ports.pages),
      BANK_PORT: String(ports.bank),
      ONE_CARD_PORT: String(ports.oneCard),
      UTILITY_PORT: String(ports.utility),
      WECHAT_PORT: String(ports.wechat),
      WECHAT_DOMAINS: new URL(KEYPAD_ORIGIN).hostname,
      ...options.wechat,
      DATA_DIR: options.dataDir,
      ACCOUNTS_FILE: options.accountsFile,
      PORT_KEY_ID: portKey.keyId,
      PORT_KEY_SECRET: portKey.secret,
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const url = `http://127.0.0.1:${ports.pages}`
  const deadline = Date.now() + START_TIMEOUT_MS
  while (!(await isReady(url))) {
    if (!child.isAlive() || Date.now() > deadline) throw new Error('the sandbox does not start')
    await sleep(30)
  }
  return {
    url,
    bankUrl: `http://127.0.0.1:${ports.bank}`,
    oneCardUrl: `http://127.0.0.1:${ports.oneCard}`,
    utilityUrl: `http://127.0.0.1:${ports.utility}`,
    wechatUrl: `http://127.0.0.1:${ports.wechat}`,
    async readJson(path) {
      const answer = await request(url + path)
      return answer.body.json()
    },
    async setFault(fault) {
      const answer = await request(`${url}/faults`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(fault),
      })
      await answer.body.dump()
      if (answer.statusCode >= 400) throw new Error('the sandbox does not know this fault')
    },
    async stop() {
      await child.stop('SIGTERM')
    },
  }
}
