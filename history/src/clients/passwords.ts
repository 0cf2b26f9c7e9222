import { setTimeout as sleep } from 'node:timers/promises'
import {
  type ApprovalAction,
  approvalSchema,
  approvalStateSchema,
  verificationSchema,
} from '@campus-ecode/protocol/approvals'
import { cardSchema } from '@campus-ecode/protocol/card'
import { corePersonRoutes } from '@campus-ecode/protocol/core-api'
import { problemSchema } from '@campus-ecode/protocol/problem'
import type { SigningKey } from '@campus-ecode/protocol/signing-key'
import { walletSchema } from '@campus-ecode/protocol/wallet'
import { myWaterSchema } from '@campus-ecode/protocol/water'
import { Pool } from 'undici'
import type { Diary, RepliedToPhone, SentByPhone } from '../diary-writer.ts'
import type { Sandbox } from '../processes/sandbox.ts'
import type { Random } from '../random.ts'
import { type Person, SCHOOL_ORIGIN } from '../world.ts'
import { type OpenPage, readPage, sealDigits } from './keypad-page.ts'
import { carry, choosePassage, nameFault, type Weather } from './network.ts'
import type { CoreWire, Reply } from './signed-http.ts'
import { readSmsCode } from './sms-inbox.ts'
import { fill } from './terminals.ts'
import { createUnderWay, PATIENCE_MS } from './under-way.ts'

/** What phones address the keypad page as, whichever core serves it. */
export const KEYPAD_ORIGIN = 'https://keypad.history.test'

/** A keypad on somebody's screen. */
export interface Keypad {
  person: Person
  page: OpenPage
}

/** What people do with their payment password, by the BFF's calls and at the cores' keypad pages. */
export interface Passwords {
  /** Sets a first one, by SMS and keypad. Before anything is broken: throws when it does not work. */
  set(person: Person, core: CoreWire): Promise<void>
  /**
   * Sets a water password (R26). Before anything is broken, likewise.
   *
   * @returns The bath number.
   */
  setWater(person: Person, core: CoreWire): Promise<string>
  /** Asks for a keypad and opens its page; undefined when that is refused, or not answered. */
  open(person: Person, action: ApprovalAction, core: CoreWire): Promise<Keypad | undefined>
  /** Types six digits. Resolves with what the page then knows: ok is "approved". */
  enter(keypad: Keypad, isRight: boolean, core: CoreWire): Promise<RepliedToPhone>
  /** As a page asks that was away meanwhile. */
  stateOf(keypad: Keypad, core: CoreWire): Promise<string | undefined>
  lockCard(person: Person, core: CoreWire): Promise<RepliedToPhone>
  unlockCard(person: Person, approvalId: string, core: CoreWire): Promise<RepliedToPhone>
  /** R14: the agreement that swiping a card needs. */
  signAgreement(person: Person, approvalId: string, core: CoreWire): Promise<RepliedToPhone>
  cancelAgreement(person: Person, core: CoreWire): Promise<RepliedToPhone>
  weather: Weather
  settle(): Promise<void>
  close(): Promise<void>
}

const RIGHT_DIGITS = '417290'
/** Of showers. */
export const WATER_DIGITS = '850316'
const WRONG_DIGITS = '417291'
const PHRASE = '窗外有棵银杏树'

/** As undici has it, for one call to a keypad page. */
interface PageCall {
  path: string
  headers: Record<string, string>
  body: string
}

export function createPasswords(options: {
  schoolId: string
  bffKey: SigningKey
  diary: Diary
  sandbox: Sandbox
  cores: readonly CoreWire[]
  random: Random
}): Passwords {
  const { schoolId, bffKey: key, diary, sandbox, cores, random } = options
  const pools = new Map(
    cores.map(({ core }) => [
      core.name,
      new Pool(`http://127.0.0.1:${core.keypadPort}`, { connect: { timeout: 2_000 } }),
    ]),
  )
  const { follow, within, settle } = createUnderWay()

  /** Over the bad network, which may deliver it twice; throws when no reply comes back. */
  function send<R>(deliver: (signal?: AbortSignal) => Promise<R>): Promise<R> {
    const passage = choosePassage(random, passwords.weather)
    if (passage.repeatAfterMs !== undefined) {
      follow(sleep(passage.repeatAfterMs).then(() => deliver())).catch(() => {})
    }
    return carry(deliver, passage)
  }

  async function call(
    core: CoreWire,
    name: keyof typeof corePersonRoutes,
    params: Record<string, string>,
    json?: unknown,
  ): Promise<Reply> {
    const { method, path } = corePersonRoutes[name]
    const target = fill(path, { schoolId, ...params })
    const signed = core.sign({ method: method as 'GET' | 'POST', target, json, key })
    return send((signal) => core.send(signed, signal))
  }

  function callPage({ core }: CoreWire, { path, headers, body }: PageCall) {
    const pool = pools.get(core.name)
    if (!pool) throw new Error('a core without a keypad page')
    return send(async (signal) => {
      const answer = await pool.request({
        method: 'POST',
        path,
        headers: { host: new URL(KEYPAD_ORIGIN).host, ...headers },
        body,
        signal: signal ?? AbortSignal.timeout(PATIENCE_MS),
      })
      return { status: answer.statusCode, text: await answer.body.text() }
    })
  }

  async function post(keypad: Keypad, core: CoreWire, digits: string, phrase?: string) {
    const sealed = await sealDigits(keypad.page, digits)
    const { status, text } = await callPage(core, {
      path: '/keypad/entries',
      headers: {
        origin: KEYPAD_ORIGIN,
        'content-type': 'application/json',
        'ecode-keypad': keypad.page.secret,
      },
      body: JSON.stringify({ sealed, ...(phrase !== undefined && { phrase }) }),
    })
    return toReplied(status, JSON.parse(text))
  }

  async function open(person: Person, action: ApprovalAction, core: CoreWire) {
    const body = { action, returnTo: `${SCHOOL_ORIGIN}/wallet` }
    const asked = await call(core, 'startApproval', { personId: person.id }, body)
    const approval = approvalSchema.safeParse(asked.json)
    if (!asked.verified || !approval.success) return undefined
    const { approvalId, ticket } = approval.data
    const { text } = await callPage(core, {
      path: '/keypad',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ ticket }).toString(),
    })
    const page = readPage(text)
    if (!page) return undefined
    const shownFen = page.payment?.amountFen ?? null
    diary.approval({ approvalId, personId: person.id, action: JSON.parse(page.action), shownFen })
    return { person, page }
  }

  /** Writes it down before and after. */
  async function note(sent: SentByPhone, work: () => Promise<RepliedToPhone>) {
    const number = diary.sendByPhone(sent)
    const replied = await within(
      work().catch(
        (error: unknown): RepliedToPhone => ({ outcome: 'info', why: nameFault(error) }),
      ),
      PATIENCE_MS,
    )
    diary.replyToPhone(number, replied)
    return replied
  }

  async function changeCard(
    core: CoreWire,
    name: 'lockCard' | 'unlockCard',
    personId: string,
    json?: unknown,
  ): Promise<RepliedToPhone> {
    const reply = await call(core, name, { personId }, json)
    if (!reply.verified) return { outcome: 'info', why: `an unsigned ${reply.status}` }
    if (reply.status === 200 && !cardSchema.safeParse(reply.json).success) {
      return { outcome: 'info', why: 'an answer of another form' }
    }
    return toReplied(reply.status, reply.json)
  }

  async function changeAgreement(
    core: CoreWire,
    name: 'signAgreement' | 'cancelAgreement',
    personId: string,
    json?: unknown,
  ): Promise<RepliedToPhone> {
    const reply = await call(core, name, { personId }, json)
    if (!reply.verified) return { outcome: 'info', why: `an unsigned ${reply.status}` }
    if (reply.status === 200 && !walletSchema.safeParse(reply.json).success) {
      return { outcome: 'info', why: 'an answer of another form' }
    }
    return toReplied(reply.status, reply.json)
  }

  const passwords: Passwords = {
    weather: 'calm',
    settle,

    async set(person, core) {
      const { id: personId, cardId, phone } = person
      const means =
        cardId === undefined ? { means: 'school_phone' } : { means: 'bank_card', cardId }
      const begun = await call(core, 'startVerification', { personId }, means)
      const { verificationId } = verificationSchema.parse(begun.json)
      const smsCode = await readSmsCode(sandbox, phone)
      await call(core, 'confirmVerification', { personId, verificationId }, { smsCode })
      const keypad = await open(person, { kind: 'set_password', verificationId }, core)
      const set = keypad && (await post(keypad, core, RIGHT_DIGITS, PHRASE))
      if (set?.outcome !== 'ok') throw new Error('a payment password could not be set')
    },

    async setWater(person, core) {
      const keypad = await open(person, { kind: 'set_water_password' }, core)
      const set = keypad && (await post(keypad, core, RIGHT_DIGITS + WATER_DIGITS))
      const mine = await call(core, 'getMyWater', { personId: person.id })
      const { bathNo } = myWaterSchema.parse(mine.json)
      if (set?.outcome !== 'ok' || !bathNo) throw new Error('a water password could not be set')
      return bathNo
    },

    open: (person, action, core) => open(person, action, core).catch(() => undefined),

    enter(keypad, isRight, core) {
      const { person, page } = keypad
      const who = { core: core.core.name, personId: person.id }
      return note({ ...who, verb: 'enter', approvalId: page.approvalId, isRight }, () =>
        post(keypad, core, isRight ? RIGHT_DIGITS : WRONG_DIGITS),
      )
    },

    async stateOf({ person, page }, core) {
      const params = { personId: person.id, approvalId: page.approvalId }
      const reply = await call(core, 'getApproval', params).catch(() => undefined)
      const state = approvalStateSchema.safeParse(reply?.json)
      return reply?.verified && state.success ? state.data.status : undefined
    },

    lockCard({ id: personId }, core) {
      return note({ core: core.core.name, personId, verb: 'lock' }, () =>
        changeCard(core, 'lockCard', personId),
      )
    },

    signAgreement({ id: personId }, approvalId, core) {
      return note({ core: core.core.name, personId, verb: 'sign', approvalId }, () =>
        changeAgreement(core, 'signAgreement', personId, { approvalId }),
      )
    },

    cancelAgreement({ id: personId }, core) {
      return note({ core: core.core.name, personId, verb: 'cancel' }, () =>
        changeAgreement(core, 'cancelAgreement', personId),
      )
    },

    unlockCard({ id: personId }, approvalId, core) {
      return note({ core: core.core.name, personId, verb: 'unlock', approvalId }, () =>
        changeCard(core, 'unlockCard', personId, { approvalId }),
      )
    },

    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()))
    },
  }
  return passwords
}

/** Anything may have happened unless it was done, or refused. */
function toReplied(status: number, json: unknown): RepliedToPhone {
  if (status === 200) return { outcome: 'ok' }
  const problem = problemSchema.safeParse(json)
  if (!problem.success || status >= 500) return { outcome: 'info', why: `a ${status}` }
  return { outcome: 'refused', error: problem.data.code }
}
