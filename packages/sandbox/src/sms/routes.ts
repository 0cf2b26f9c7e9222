import type { SigningKey } from '@campus-ecode/protocol/signing-key'
import { type SmsRequest, smsPortPaths, smsRequestSchema } from '@campus-ecode/protocol/sms-port'
import { Hono } from 'hono'
import { createAnswerCall, cutConnection, type HandledCall } from '../answer-call.ts'
import type { Faults } from '../faults.ts'
import type { Journal } from '../journal.ts'
import { requireSignature, type SignedEnv } from '../signed-calls.ts'

/** A text message as the phone would show it. */
export interface Message {
  at: string
  reference: string
  phone: string
  text: string
}

const templates: Record<SmsRequest['template'], (params: Record<string, string>) => string> = {
  'enrol-device': ({ code }) =>
    `【校园e码通】验证码 ${code}，用于在这台手机上开通付款码，10 分钟内有效。请勿告诉任何人。`,
  'verify-person': ({ code }) =>
    `【校园e码通】验证码 ${code}，用于设置支付密码，10 分钟内有效。请勿告诉任何人。`,
}

/** The SMS provider: takes a message once per reference; the inbox page shows what arrived. */
export function createSmsApp({
  journal,
  calls,
  faults,
  key,
  origin,
}: {
  journal: Journal<Message>
  calls: HandledCall[]
  faults: Faults
  key: SigningKey
  origin: () => string
}): Hono<SignedEnv> {
  const app = new Hono<SignedEnv>()
  // It shares its port with the pages, so this is as near as it gets to refusing connections.
  app.use((c, next) =>
    faults.get('sms').fault === 'down' ? Promise.resolve(cutConnection(c)) : next(),
  )
  app.use(...requireSignature(key, origin))
  const answer = createAnswerCall({ service: 'sms', faults, key, calls })

  app.post(smsPortPaths.send, (c) => {
    const request = smsRequestSchema.safeParse(c.get('body')).data
    const reference = request?.reference ?? ''
    return answer(c, { operation: 'send', reference, isOrder: true }, () => {
      if (!request) return { error: 'BAD_REQUEST' }
      const { phone, template, params } = request
      sendOnce(journal, { reference, phone, text: templates[template](params) })
      return { reference, accepted: true }
    })
  })
  return app
}

/** Puts a message on its phone, unless its reference came before. */
export function sendOnce(journal: Journal<Message>, message: Omit<Message, 'at'>): void {
  if (journal.entries.some(({ reference }) => reference === message.reference)) return
  journal.append({ at: new Date().toISOString(), ...message })
}
