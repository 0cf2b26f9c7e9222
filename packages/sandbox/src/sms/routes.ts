import { setTimeout as sleep } from 'node:timers/promises'
import type { SigningKey } from '@campus-ecode/protocol/signing-key'
import { type SmsRequest, smsPortPaths, smsRequestSchema } from '@campus-ecode/protocol/sms-port'
import { Hono } from 'hono'
import type { Faults } from '../faults.ts'
import type { Journal } from '../journal.ts'
import { answerSigned, requireSignature, type SignedEnv } from '../signed-calls.ts'

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
}

/** The SMS provider: takes a message once per reference; the inbox page shows what arrived. */
export function createSmsApp({
  journal,
  faults,
  key,
  origin,
}: {
  journal: Journal<Message>
  faults: Faults
  key: SigningKey
  origin: () => string
}): Hono<SignedEnv> {
  const app = new Hono<SignedEnv>()
  app.use(requireSignature(key, origin))
  app.post(smsPortPaths.send, async (c) => {
    const { fault, delayMs } = faults.take('sms')
    if (fault === 'silent' || fault === 'debit_then_drop' || fault === 'down') {
      c.env.incoming.socket.destroy()
      return new Response(null)
    }
    const request = smsRequestSchema.safeParse(c.get('body')).data
    if (!request) return answerSigned(c, key, 400, { error: 'BAD_REQUEST' })
    const { reference, phone, template, params } = request
    if (!journal.entries.some((message) => message.reference === reference)) {
      const text = templates[template](params)
      journal.append({ at: new Date().toISOString(), reference, phone, text })
    }
    if (fault === 'slow') await sleep(delayMs)
    return answerSigned(c, key, 200, { reference, accepted: true })
  })
  return app
}
