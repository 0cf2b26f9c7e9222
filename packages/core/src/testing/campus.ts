import { createHash, randomBytes, webcrypto } from 'node:crypto'
import { encryptAlias } from '@campus-ecode/protocol/alias'
import { aliasEpoch } from '@campus-ecode/protocol/alias-epoch'
import {
  deriveOneTimeKey,
  drawOneTimePart,
  generateAgreementKey,
  oneTimeInfo,
  oneTimeStep,
} from '@campus-ecode/protocol/one-time'
import {
  deviceMode,
  formatDeviceCode,
  formatIssuedCode,
  issuedMode,
} from '@campus-ecode/protocol/payment-code'
import type { Payment, PayRequest, PayToken } from '@campus-ecode/protocol/payments'
import type { Account, PersonClass } from '@campus-ecode/protocol/shapes'
import { pino } from 'pino'
import { v7 } from 'uuid'
import { createTestDatabase } from '../db/testing/test-database.ts'
import type { Context, Refusal, Services, TerminalCaller } from '../http/operation.ts'
import { indexToken } from '../pay-tokens/index-token.ts'
import { createPaymentHandlers } from '../payments/handlers.ts'
import { createPayBatcher } from '../payments/pay.ts'
import { sealPerson } from '../people/open-person.ts'
import { keepPayer } from '../wechat/binding-store.ts'
import { wechatCodes } from '../wechat/wechat-codes.ts'
import { createKnownBank } from './known-bank.ts'
import { createKnownFace } from './known-face.ts'
import { createKnownPeople } from './known-people.ts'
import { createKnownUtility } from './known-utility.ts'
import { createKnownWechat } from './known-wechat.ts'
import { createMemoryKeys } from './memory-keys.ts'
import { createOutsideAccount } from './outside-account.ts'

export const SCHOOL = '1001'

/** A phone that draws codes as the SDK does. */
export interface TestPhone {
  deviceId: string
  index: number
  agreementKey: webcrypto.CryptoKey
  corePublicKey: Uint8Array<ArrayBuffer>
  salt: Uint8Array
}

/** One school on a database of its own, with a till, outside systems with faults, and a clock. */
export async function createTestCampus() {
  const db = await createTestDatabase()
  const bank = createOutsideAccount()
  const gateway = createKnownBank()
  const oneCard = { ...createOutsideAccount(), ...createKnownPeople() }
  const realName = createKnownFace()
  const utility = createKnownUtility()
  const wechat = createKnownWechat()
  let offsetMs = 0
  const now = () => Date.now() + offsetMs
  const services: Services = {
    db,
    keys: createMemoryKeys(now),
    payBatch: createPayBatcher(db),
    ports: {
      bank,
      gateway,
      oneCard,
      officialAccount: wechat.account,
      miniProgram: wechat.miniProgram,
      sms: { send: async () => ({ ok: false, reason: 'NOT_SENT' }) },
      realName,
      utility,
      wechat,
      foreignCodes: { wechat: wechatCodes(wechat) },
    },
    keypadOrigin: 'https://keypad.example',
    bffOrigin: 'https://bff.example',
    wechatScriptUrl: 'https://wechat.example/jweixin.js',
    wechatTemplates: {},
    now,
    log: pino({ enabled: false }),
    newId: () => v7(),
    wakeEvents() {},
    waitForEvents: async () => false,
  }
  await db.pool.query(
    `insert into schools (school_id, name, name_en, accent, support_contact, origins, secret_hash)
     values ($1, '云谷大学', 'Yungu University', '#1d4ed8', '卡务中心', '{}', $2)`,
    [SCHOOL, createHash('sha256').update('secret').digest()],
  )
  const merchantId = v7()
  const rules = [
    { class: 'student', permille: 900, name: { 'zh-CN': '学生优惠', en: 'Student price' } },
    { class: 'external', permille: 1150, name: { 'zh-CN': '校外加价', en: 'External price' } },
  ]
  await db.pool.query(
    `insert into merchants (school_id, merchant_id, name, price_rules) values ($1, $2, '第一食堂', $3)`,
    [SCHOOL, merchantId, JSON.stringify(rules)],
  )

  async function addTerminal(): Promise<TerminalCaller> {
    const terminalId = v7()
    const keyId = `${SCHOOL}.t.${terminalId.slice(-8)}`
    await db.pool.query(
      `insert into terminals (school_id, terminal_id, merchant_id, name, key_id, sealed_key)
       values ($1, $2, $3, '3号窗口', $4, '')`,
      [SCHOOL, terminalId, merchantId, keyId],
    )
    return {
      ...{ kind: 'terminal', keyId, schoolId: SCHOOL, terminalId, merchantId },
      terminalKind: 'till',
    }
  }

  let nextIndex = 0
  async function addPerson({
    walletFen = 10_000,
    personClass = 'teacher' as PersonClass,
    bankCard = false,
    wallet = 'open',
    oneCardStatus = 'open',
    cardStatus = 'active',
  } = {}) {
    const personId = v7()
    const cardNo = `20230${nextIndex++}`
    const bankCardId = bankCard ? v7() : null
    await db.pool.query(
      `insert into people (school_id, person_id, card_no_index, sealed, masked_name, masked_card_no, class)
       values ($1, $2, $3, $4, '林*夏', '2023••••417', $5)`,
      [
        SCHOOL,
        personId,
        await services.keys.index('card', cardNo),
        await sealPerson(services, SCHOOL, personId, { name: '林半夏', cardNo }),
        personClass,
      ],
    )
    await db.pool.query(
      `insert into payers (school_id, person_id, card_status, default_account, one_card_status, wallet_status,
                           bank_card_id, single_limit_fen, daily_limit_fen)
       values ($1, $2, $3, 'wallet', $4, $5, $6, 20000, 100000)`,
      [SCHOOL, personId, cardStatus, oneCardStatus, wallet, bankCardId],
    )
    if (bankCardId) {
      await db.pool.query(
        `insert into bank_cards (school_id, card_id, person_id, token, bank_name, tail)
         values ($1, $2, $3, 'tok-1', '建设银行', '1234')`,
        [SCHOOL, bankCardId, personId],
      )
    }
    // The opening balance has a posting behind it, as every balance has, and a bank that granted it.
    if (walletFen > 0) {
      await db.pool.query(
        `with w as (update payers set wallet_fen = $3, wallet_version = 1 where school_id = $1 and person_id = $2),
         m as (insert into external_movements (school_id, movement_id, kind, port, reference, person_id,
                                               amount_fen, state, outcome, next_attempt_at, settled_at)
               values ($1, $4, 'top_up', 'bank', 'top-' || $4::uuid, $2, $3, 'done', 'succeeded', now(), now()))
         insert into postings (school_id, transaction_id, kind, debit_account, credit_account, amount_fen,
                               person_id, wallet_version, wallet_fen)
         values ($1, $4, 'top_up', 'clearing/bank', 'wallet/' || $2::uuid, $3, $2, 1, $3)`,
        [SCHOOL, personId, walletFen, v7()],
      )
    }
    return { personId, cardNo }
  }

  async function enrolPhone(personId: string): Promise<TestPhone> {
    const pair = await generateAgreementKey()
    const deviceId = v7()
    const index = nextIndex++
    const salt = randomBytes(16)
    const publicKey = new Uint8Array(await webcrypto.subtle.exportKey('raw', pair.publicKey))
    await db.pool.query(
      `insert into device_slots (school_id, device_index, person_id, device_id) values ($1, $2, $3, $4)`,
      [SCHOOL, index, personId, deviceId],
    )
    await db.pool.query(
      `insert into devices (school_id, device_id, person_id, device_index, status, label, public_key,
                            grant_id, grant_salt, grant_issued_at, last_contact_at)
       values ($1, $2, $3, $4, 'active', 'test', $5, $6, $7, now(), now())`,
      [SCHOOL, deviceId, personId, index, publicKey, v7(), salt],
    )
    const corePublicKey = new Uint8Array(await services.keys.corePublicKey(SCHOOL))
    return { deviceId, index, agreementKey: pair.privateKey, corePublicKey, salt }
  }

  /** Draws a device code as a phone would at this moment. */
  async function drawCode(
    phone: TestPhone,
    {
      account = 'wallet' as Account,
      revealed = false,
      secondsAgo = 0,
      salt = phone.salt,
      epochShift = 0,
    } = {},
  ): Promise<string> {
    const at = services.now() / 1000 - secondsAgo
    const mode = deviceMode(account, revealed)
    const info = oneTimeInfo(SCHOOL, mode)
    const key = await deriveOneTimeKey(phone.agreementKey, phone.corePublicKey, salt, info)
    const epoch = aliasEpoch(at) + epochShift
    const [epochKey] = await services.keys.epochKeys(SCHOOL, epoch)
    if (!epochKey) throw new Error('no epoch key')
    return formatDeviceCode({
      school: SCHOOL,
      mode,
      alias: encryptAlias(epochKey, SCHOOL, epoch, phone.index),
      oneTimePart: await drawOneTimePart(key, oneTimeStep(at)),
    })
  }

  async function issueCode(
    personId: string,
    { account = 'wallet' as Account, revealed = false, secondsAgo = 0 } = {},
  ): Promise<string> {
    const random = Array.from(randomBytes(17), (byte) => byte % 10).join('')
    const code = formatIssuedCode({ school: SCHOOL, mode: issuedMode(account), random })
    const issuedAt = new Date(services.now() - secondsAgo * 1000)
    await db.pool.query(
      `insert into issued_codes (school_id, code_hash, code_id, person_id, account, revealed, issued_at, expires_at)
       values ($1, $2, $3, $4, $5, $6, $7, $7::timestamptz + interval '60 seconds')`,
      [
        SCHOOL,
        createHash('sha256').update(code).digest(),
        v7(),
        personId,
        account,
        revealed,
        issuedAt,
      ],
    )
    return code
  }

  /** A card or an enrolled face of the person's, as the school's file would give it. */
  async function giveToken(
    personId: string,
    { kind = 'card' as PayToken['kind'], schoolId = SCHOOL } = {},
  ): Promise<PayToken> {
    const token = { kind, value: `${kind}-${v7()}` }
    await db.pool.query(
      `insert into payment_tokens (school_id, token_index, token_id, kind, person_id)
       values ($1, $2, $3, $4, $5)`,
      [schoolId, await indexToken(services, schoolId, token), v7(), kind, personId],
    )
    return token
  }

  /** What a person signs on the phone (R14), without the way there. */
  async function signAgreement(personId: string): Promise<void> {
    await db.pool.query(
      `insert into wallets (school_id, person_id, agreement_signed_at) values ($1, $2, now())
           on conflict (school_id, person_id) do update set agreement_signed_at = now()`,
      [SCHOOL, personId],
    )
  }

  /** What a person's sign-in in WeChat comes to (R27), without the way there. */
  async function bindWechat(personId: string): Promise<string> {
    const openid = `o-${v7()}`
    const kept = await keepPayer(services, SCHOOL, personId, openid)
    await db.pool.query(
      `insert into wechat_bindings (school_id, person_id, openid_index, sealed_openid)
       values ($1, $2, $3, $4)`,
      [SCHOOL, personId, kept.openidIndex, kept.sealedOpenid],
    )
    return openid
  }

  const handlers = createPaymentHandlers(services)
  const terminal = await addTerminal()

  /** A verified call, as the HTTP layer hands it to an operation. */
  function call<B>(params: Record<string, string>, body: B, caller = terminal, nonce = v7()) {
    const context = {
      caller,
      params,
      query: undefined,
      body,
      nonce,
      proofJti: undefined,
      requestId: 'test',
      services,
      claimNonce: async () => {},
    }
    return context as unknown as Context<never, TerminalCaller> & never
  }

  return {
    services,
    db,
    bank,
    gateway,
    oneCard,
    realName,
    wechat,
    utility,
    merchantId,
    terminal,
    addTerminal,
    addPerson,
    enrolPhone,
    drawCode,
    issueCode,
    giveToken,
    signAgreement,
    bindWechat,
    moveClock(ms: number) {
      offsetMs += ms
    },
    pay: (
      request: PayRequest,
      caller?: TerminalCaller,
      nonce?: string,
    ): Promise<{ status: number; body: unknown } | Refusal> =>
      handlers.pay(call({}, request, caller, nonce)),
    query: (orderNo: string, caller?: TerminalCaller) =>
      handlers.getPayment(call({ orderNo }, undefined, caller)),
    reverse: (orderNo: string, caller?: TerminalCaller) =>
      handlers.reverse(call({ orderNo }, {}, caller)),
    refund: (orderNo: string, refundNo: string, amountFen: number) =>
      handlers.refund(call({ orderNo }, { refundNo, amountFen })),
    queryRefund: (orderNo: string, refundNo: string) =>
      handlers.getRefund(call({ orderNo, refundNo }, undefined)),
    async payer(personId: string) {
      const { rows } = await db.pool.query('select * from payers where person_id = $1', [personId])
      return rows[0] as {
        wallet_fen: number
        wallet_version: number
        spent_fen: number
        offline_fen: number
        offline_count: number
      }
    },
    close: () => db.close(),
  }
}
export type TestCampus = Awaited<ReturnType<typeof createTestCampus>>

/** The payment in an answer; fails the test on a refusal. */
export function paymentOf(answer: { status: number; body: unknown } | Refusal): Payment {
  if ('refused' in answer) throw new Error(`refused: ${answer.refused}`)
  return answer.body as Payment
}
