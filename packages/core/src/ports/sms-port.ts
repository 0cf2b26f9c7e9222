import type { SmsRequest, smsAnswerSchema } from '@campus-ecode/protocol/sms-port'
import type { z } from 'zod'
import type { PortAnswer } from './debit-port.ts'

export type SmsAnswer = z.infer<typeof smsAnswerSchema>

/** Has a text message sent; repeating the same reference sends it once. */
export interface SmsPort {
  send(request: SmsRequest): Promise<PortAnswer<SmsAnswer>>
}
