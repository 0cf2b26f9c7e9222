import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { request } from 'undici'
import type { Diary } from '../diary-writer.ts'
import type { FaultName, Sandbox } from '../processes/sandbox.ts'
import type { Random } from '../random.ts'

/** What stands behind the other ways: controllers that die, and WeChat on people's phones. */
export interface Behind {
  /** A controller is not heard of any more: to the core as if it had been silent for its lease. */
  killController(sessionNo: string): Promise<void>
  /** The code on somebody's WeChat; undefined when it did not come. */
  showWechatCode(user: string): Promise<string | undefined>
  /** Answers whatever their WeChat asks for. */
  answerWechat(user: string, act: 'accept' | 'refuse'): Promise<void>
  /** WeChat asks the next payer for the password. */
  askPassword(): Promise<void>
  /** Payers are faster than the next reversals, to which WeChat says yes all the same. */
  payBehindReversals(count: number): Promise<void>
  /** Lets outside systems err now and then, until the signal. */
  troubleOutside(random: Random, signal: AbortSignal): Promise<void>
  close(): Promise<void>
}

/** What becomes of the next calls there, by how often it is chosen. */
const UTILITY_FAULTS = { processing: 5, decline: 4, wrong_room: 3, debit_then_drop: 3 }
const WECHAT_FAULTS = {
  ...{ ask_password: 8, debit_then_drop: 4, system_error: 4, late_success: 4, decline: 1 },
}

export function openBehind(options: {
  connection: pg.ClientConfig
  sandbox: Sandbox
  diary: Diary
}): Behind {
  const { connection, sandbox, diary } = options
  const pool = new pg.Pool({ ...connection, max: 2 })
  pool.on('error', () => {})
  const page = `${sandbox.wechatUrl}/phones`

  async function readPhone(user: string): Promise<string> {
    const answer = await request(`${page}/${user}`)
    return answer.body.text()
  }

  async function setWechatFault(fault: FaultName, count: number): Promise<void> {
    diary.disturb({ what: 'wechat-fault', detail: `${fault} ${count} times` })
    await sandbox.setFault({ service: 'wechat', fault, count })
  }

  return {
    async killController(sessionNo) {
      diary.disturb({ what: 'controller-dies', detail: sessionNo })
      // Nobody waits three minutes here; the core's own clock ends it within seconds.
      const age = `update water_sessions set heard_at = heard_at - interval '1 hour' where session_no = $1`
      await pool.query(age, [sessionNo]).catch(() => {})
    },
    async showWechatCode(user) {
      const text = await readPhone(user).catch(() => '')
      return /<output>(\d{18})<\/output>/.exec(text)?.[1]
    },
    async answerWechat(user, act) {
      const text = await readPhone(user).catch(() => '')
      for (const [, action] of text.matchAll(/action="(\/phones\/[^"]+\/prompts\/[^"]+)"/g)) {
        const answer = await request(sandbox.wechatUrl + action, {
          method: 'POST',
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: new URLSearchParams({ act }).toString(),
        })
        await answer.body.dump()
      }
    },
    askPassword: () => setWechatFault('ask_password', 1),
    payBehindReversals: (count) => setWechatFault('ignored_reversal', count),
    async troubleOutside(random, signal) {
      async function trouble<F extends FaultName>(
        service: 'utility' | 'wechat',
        first: F,
        weights: Record<F, number>,
      ) {
        for (let fault = first; !signal.aborted; fault = random.weighted(weights)) {
          const count = random.int(1, 3)
          diary.disturb({ what: `${service}-fault`, detail: `${fault} ${count} times` })
          const delayMs = fault === 'processing' ? { delayMs: random.int(200, 2_000) } : {}
          await sandbox.setFault({ service, fault, count, ...delayMs })
          await sleep(random.int(1_500, 5_000), undefined, { signal }).catch(() => {})
        }
      }
      async function untilRefused() {
        while (!signal.aborted) {
          await sandbox.setFault({ service: 'utility', fault: 'decline', count: 2 })
          await sleep(1_500, undefined, { signal }).catch(() => {})
          const journal = JSON.stringify(await sandbox.readJson('/utility/journal'))
          if (journal.includes('"refused"')) return
        }
      }
      await Promise.all([
        untilRefused().then(() => trouble('utility', 'processing', UTILITY_FAULTS)),
        trouble('wechat', 'ask_password', WECHAT_FAULTS),
      ])
    },
    close: () => pool.end(),
  }
}
