import { setTimeout as sleep } from 'node:timers/promises'
import type { Services } from '../http/operation.ts'
import type { Worker } from '../movements/worker.ts'
import type { WechatFailure } from '../ports/wechat-app/wechat-app.ts'
import { openOpenid } from '../sign-ins/binding-store.ts'
import { openBoundOpenid } from '../wechat/binding-store.ts'
import { createWechatTokens } from '../wechat-tokens/tokens.ts'
import { messengerOf } from './offered.ts'
import {
  claimDueMessages,
  type DueMessage,
  findAddressee,
  finishMessage,
  postponeMessage,
} from './store.ts'
import { fillTemplate } from './templates.ts'
import { writeMessages } from './write-messages.ts'

const POLL_MS = 1_000
const AT_ONCE_MAX = 16
/** After the first attempt, the second and so on. */
const RETRY_SECONDS = [5, 20, 60, 120, 240] as const
/** WeChat knows a message again for ten minutes; after that another attempt might be another message. */
const TRY_SECONDS = 480
/** What WeChat itself calls too often: 43117 to this person, 45009 in all. */
const TOO_OFTEN = new Set([43117, 45009, 45011])
/** Of the person: does not follow the account, has switched messages off, or is not there. */
const UNREACHABLE = new Set([40003, 43004, 43019, 43101])

/** Sends receipts to WeChat until it is stopped; any number of core processes may. Nobody waits for them. */
export function startWechatMessages(services: Services): Worker {
  const stopping = new AbortController()
  const { signal } = stopping
  const sender = createMessageSender(services)
  const loop = (async () => {
    while (!signal.aborted && sender) {
      await sender
        .sendOnce(signal)
        .catch((error) => services.log.error({ error }, 'WeChat messages were not sent'))
      await sleep(POLL_MS, undefined, { signal }).catch(() => {})
    }
  })()
  return {
    async stop() {
      stopping.abort()
      await loop
    },
  }
}

/** @returns undefined where there is no service account or no template. */
export function createMessageSender(services: Services) {
  const { db, keys, log, bffOrigin, wechatTemplates: templates } = services
  const messenger = messengerOf(services)
  if (!messenger) return undefined
  const account = messenger
  const tokens = createWechatTokens(services, account)

  async function send(message: DueMessage): Promise<void> {
    const { school_id: schoolId, person_id: personId, message_id: messageId, kind } = message
    const template = templates[kind]
    const addressee = await findAddressee(db.pool, schoolId, personId)
    const sealed = addressee?.signs_in ?? addressee?.pays
    if (!template || !addressee || !sealed) {
      return finishMessage(db.pool, message, template ? 'not wanted' : 'no template')
    }
    if (message.seconds_since_first > TRY_SECONDS) {
      return finishMessage(db.pool, message, 'too late')
    }
    const openid = addressee.signs_in
      ? await openOpenid({ keys }, schoolId, 'official_account', sealed)
      : await openBoundOpenid({ keys }, schoolId, personId, sealed)
    const answer = await tokens.withToken((token) =>
      account.sendTemplate(token, {
        openid,
        templateId: template.id,
        data: fillTemplate(template, { ...message.data, school: addressee.school }),
        messageId: messageId.replaceAll('-', ''),
        url: bffOrigin && `${bffOrigin}/h5/${schoolId}`,
      }),
    )
    if (answer === 'sent') return finishMessage(db.pool, message, null)
    const { failed } = answer
    const failure = failed.reason === 'refused' ? String(failed.errcode) : failed.reason
    const seconds = retryAfter(failed, message.attempt_count)
    log.info({ schoolId, messageId, kind, failure, seconds }, 'a WeChat message was not taken')
    if (seconds !== undefined) return postponeMessage(db.pool, message, failure, seconds)
    if (failed.reason === 'refused' && !UNREACHABLE.has(failed.errcode)) {
      log.error({ kind, errcode: failed.errcode }, 'alarm: WeChat refuses a template message')
    }
    return finishMessage(db.pool, message, failure)
  }

  return {
    /** Writes what is to be told, and tells all that is due, once. */
    async sendOnce(signal?: AbortSignal): Promise<void> {
      await writeMessages(services)
      let due: DueMessage[]
      do {
        due = await claimDueMessages(db.pool, AT_ONCE_MAX)
        const sent = due.map((message) =>
          send(message).catch((error) => log.error({ error }, 'a WeChat message failed')),
        )
        await Promise.all(sent)
        // However many there are, and however slow WeChat is, whoever stops us does not wait for all.
      } while (due.length === AT_ONCE_MAX && !signal?.aborted)
    },
  }
}

/** @returns undefined: never. */
function retryAfter(failed: WechatFailure, attempt: number): number | undefined {
  if (failed.reason === 'refused' && !TOO_OFTEN.has(failed.errcode)) return undefined
  return RETRY_SECONDS[attempt - 1]
}
