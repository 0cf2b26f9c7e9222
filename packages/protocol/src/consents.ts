import { z } from 'zod'
import { instantSchema, sentencesSchema } from './shapes.ts'

/** R42: what personal data is taken for, each asked for by itself. */
export const consentPurposeSchema = z.enum([
  'card',
  'bank_binding',
  'face_check',
  'gate_records',
  'face',
])
export type ConsentPurpose = z.infer<typeof consentPurposeSchema>

interface ConsentText {
  /** The day the text was written. A text that changes gets a new one, and is asked for again. */
  version: string
  what: z.infer<typeof sentencesSchema>
}

/**
 * What a person agrees to, word for word: the widget shows these texts where it asks, and the core keeps
 * the version beside the consent.
 */
export const consentTexts: Record<ConsentPurpose, ConsentText> = {
  card: {
    version: '2026-03-01',
    what: {
      'zh-CN':
        '学校登记的姓名、学号或工号和手机号，用于领取和使用电子校园卡。加密保存，展示时打码；商户只看到身份类别和打码后的姓名。',
      en: 'The name, student or staff number and phone that your school holds, to claim and use the e-card. Kept encrypted and shown masked; merchants see only what class of person you are and your masked name.',
    },
  },
  bank_binding: {
    version: '2026-03-01',
    what: {
      'zh-CN':
        '姓名、证件号、银行卡号和银行预留手机号，交给银行核对并开通扣款。核对后本系统不保存，只留银行名称、卡号后四位和银行给出的代号。',
      en: 'Name, ID number, card number and the phone reserved at the bank, for the bank to check and to charge the card. Afterwards none of them is kept here: only the name of the bank, the last four digits and a token of the bank’s.',
    },
  },
  face_check: {
    version: '2026-11-20',
    what: {
      'zh-CN':
        '姓名、证件号和当场拍摄的人脸，交给实名核验机构，确认开通钱包的是你本人。人脸只到核验机构，本系统不接收也不保存，只留是否通过。',
      en: 'Your name, your ID number and your face as the camera sees it then, for the identity provider to confirm that it is you who opens the wallet. Your face goes to the provider alone; nothing of it comes here, and only whether you passed is kept.',
    },
  },
  gate_records: {
    version: '2026-03-01',
    what: {
      'zh-CN': '出入闸机的时间和地点，用于查询出入记录，保存 90 天后删除。',
      en: 'When and where you pass a gate, so that it can be looked up; deleted after 90 days.',
    },
  },
  face: {
    version: '2026-03-01',
    what: {
      'zh-CN': '人脸特征，用于在终端刷脸支付。加密保存，撤回后立即停用并删除。',
      en: 'Features of your face, to pay by face at a terminal. Kept encrypted; switched off and deleted as soon as you withdraw.',
    },
  },
}

/** One purpose, and how the person stands to it. */
export const consentSchema = z
  .object({
    purpose: consentPurposeSchema,
    version: z.string().describe('Of the text below'),
    what: sentencesSchema.describe('What is taken, what for, and what of it is kept'),
    given: z
      .object({ version: z.string().describe('Of the text as it was then'), at: instantSchema })
      .nullable()
      .describe('null: it does not stand'),
    withdrawnAt: instantSchema.nullable().describe('Set where it was given and taken back'),
  })
  .meta({ id: 'Consent' })
export type Consent = z.infer<typeof consentSchema>

export const consentListSchema = z
  .object({ consents: z.array(consentSchema).describe('Every purpose there is') })
  .meta({ id: 'ConsentList' })
export type ConsentList = z.infer<typeof consentListSchema>

/** R29: of the purposes, those agreed to by themselves; the others with what they are for. */
export const giveConsentSchema = z
  .strictObject({ purpose: z.enum(['face']) })
  .meta({ id: 'GiveConsent' })

export const withdrawConsentSchema = z
  .strictObject({ purpose: consentPurposeSchema })
  .meta({ id: 'WithdrawConsent' })
