import { randomBytes } from 'node:crypto'
import type { KeypadPage } from '@campus-ecode/protocol/keypad'
import { v7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { spendApproval } from '../approvals/spend-approval.ts'
import { inTransaction } from '../db/database.ts'
import type { Keys } from '../keys/keys.ts'
import { KeysUnavailable } from '../keys/keys-unavailable.ts'
import { passwordState } from '../passwords/store.ts'
import { sweepOnce } from '../sweep/sweeper.ts'
import { SCHOOL } from '../testing/campus.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'
import { createTestKeypad, KEYPAD_ORIGIN, SCHOOL_PAGE, type TestKeypad } from '../testing/keypad.ts'

let checks = 0
let hashes = 0
let keysAway = false
/** The key process answers no password before this. */
let held: Promise<void> | undefined
let core: HttpCore
let keypad: TestKeypad
beforeAll(async () => {
  core = await createHttpCore((services) => {
    const { checkPassword, hashPassword } = services.keys
    const counted: Pick<Keys, 'checkPassword' | 'hashPassword'> = {
      async checkPassword(...args) {
        if (keysAway) throw new KeysUnavailable()
        checks++
        await held
        return checkPassword(...args)
      },
      async hashPassword(...args) {
        if (keysAway) throw new KeysUnavailable()
        hashes++
        return hashPassword(...args)
      },
    }
    return { ...services, keys: { ...services.keys, ...counted } }
  })
  keypad = await createTestKeypad(core)
})
afterAll(async () => {
  await keypad.close()
  await core.close()
})

const RIGHT = '417290'
const CLOSE = { kind: 'close_wallet' } as const

function startApproval(personId: string, action: object, returnTo = SCHOOL_PAGE) {
  return core.refused('startApproval', { params: { personId }, body: { action, returnTo } })
}

/** Flips one bit of base64url content. */
function flip(text: string, at: number): string {
  const bytes = Buffer.from(text, 'base64url')
  bytes[at] = (bytes[at] ?? 0) ^ 1
  return bytes.toString('base64url')
}

describe('asking for the payment password (R16)', () => {
  it('brings the page back only to one of the school’s origins', async () => {
    const personId = await keypad.addPersonWithPassword()
    for (const address of [
      'https://evil.example/',
      'http://school.example/',
      'https://school.example:444/',
      'https://school.example.evil.example/',
      'https://school.example@evil.example/',
    ]) {
      expect(await startApproval(personId, CLOSE, address)).toBe('RETURN_ADDRESS_NOT_ALLOWED')
    }
  })

  it('brings it back to the BFF’s own page, too', async () => {
    const personId = await keypad.addPersonWithPassword()
    const body = { action: CLOSE, returnTo: 'https://bff.example/h5/1001?screen=wallet' }
    const { status } = await core.call('startApproval', { params: { personId }, body })
    expect(status).toBe(201)
  })

  it('needs a password that is set and not locked', async () => {
    const personId = await keypad.addPerson()
    expect(await startApproval(personId, CLOSE)).toBe('PASSWORD_NOT_SET')
    const locked = await keypad.addPersonWithPassword()
    const page = await keypad.openPage(locked, CLOSE)
    for (let i = 0; i < 5; i++) await keypad.enter(page, '000001')
    expect(await startApproval(locked, CLOSE)).toBe('PASSWORD_LOCKED')
  })

  it('refuses early what would fail anyway', async () => {
    const personId = await keypad.addPersonWithPassword()
    const top = { kind: 'top_up', transferId: v7(), cardId: v7(), amountFen: 100 }
    expect(await startApproval(personId, top)).toBe('CARD_NOT_BOUND')
    const enrol = { kind: 'enrol_device', enrolmentId: v7() }
    expect(await startApproval(personId, enrol)).toBe('ENROLMENT_UNKNOWN')
    const pay = { kind: 'pay', paymentId: v7() }
    expect(await startApproval(personId, pay)).toBe('PAYMENT_NOT_WAITING')
    const set = { kind: 'set_password', verificationId: v7() }
    expect(await startApproval(personId, set)).toBe('VERIFICATION_INVALID')
  })

  it('thirty times in ten minutes, also when many ask at once', async () => {
    const personId = await keypad.addPersonWithPassword()
    const { pool } = core.services.db
    // What it took to set the password counts as well.
    const asked = await Promise.all(
      Array.from({ length: 40 }, () =>
        core.call('startApproval', {
          params: { personId },
          body: { action: CLOSE, returnTo: SCHOOL_PAGE },
        }),
      ),
    )
    expect(asked.filter(({ status }) => status === 201)).toHaveLength(29)
    const refused = asked.filter(({ status }) => status === 429)
    expect(refused).toHaveLength(11)
    for (const { body, headers } of refused) {
      expect(body.code).toBe('RATE_LIMITED')
      expect(Number(headers['retry-after'])).toBeGreaterThan(580)
      expect(Number(headers['retry-after'])).toBeLessThanOrEqual(600)
    }
    const older = "created_at = created_at - interval '10 minutes'"
    await pool.query(`update approvals set ${older} where person_id = $1`, [personId])
    expect((await keypad.ask(personId, CLOSE)).ticket).toBeTruthy()
  })

  it('ends the oldest of five that are open, and no other', async () => {
    const [personId, other] = [
      await keypad.addPersonWithPassword(RIGHT),
      await keypad.addPersonWithPassword(RIGHT),
    ]
    const theirs = await keypad.openPage(other, CLOSE)
    const approved = await keypad.openPage(personId, CLOSE)
    expect((await keypad.enter(approved, RIGHT)).code).toBe('approved')
    const pages = []
    for (let i = 0; i < 6; i++) pages.push(await keypad.openPage(personId, CLOSE))
    const states = await Promise.all(pages.map((page) => keypad.stateOf(personId, page)))
    expect(states).toEqual(['cancelled', ...Array(5).fill('waiting')])
    expect(await keypad.stateOf(personId, approved)).toBe('approved')
    expect(await keypad.stateOf(other, theirs)).toBe('waiting')
  })

  it('keeps an approval to its person', async () => {
    const [mine, other] = [await keypad.addPersonWithPassword(), await keypad.addPerson()]
    const { approvalId } = await keypad.ask(mine, CLOSE)
    for (const route of ['getApproval', 'cancelApproval'] as const) {
      expect(await core.refused(route, { params: { personId: other, approvalId } })).toBe(
        'APPROVAL_INVALID',
      )
    }
    const known = { params: { personId: mine, approvalId } }
    expect((await core.call('getApproval', known)).body.status).toBe('waiting')
  })

  it('ends where the person has closed the keypad, however often that is said', async () => {
    const personId = await keypad.addPersonWithPassword(RIGHT)
    const cancel = (approvalId: string) =>
      core.call('cancelApproval', { params: { personId, approvalId } })
    const unopened = await keypad.ask(personId, CLOSE)
    const page = await keypad.openPage(personId, CLOSE)
    const approved = await keypad.openPage(personId, CLOSE)
    expect((await keypad.enter(approved, RIGHT)).code).toBe('approved')
    for (const { approvalId } of [unopened, page, approved]) {
      for (let i = 0; i < 2; i++) expect((await cancel(approvalId)).status).toBe(200)
    }
    expect((await keypad.open(unopened.ticket)).status).toBe(410)
    expect((await keypad.enter(page, RIGHT)).code).toBe('APPROVAL_INVALID')
    const { approvalId } = approved
    const spent = await inTransaction(core.services.db.pool, (tx) =>
      spendApproval(tx, { schoolId: SCHOOL, personId, approvalId, action: CLOSE }),
    )
    expect(spent).toEqual({ refused: 'APPROVAL_INVALID' })
    expect(await keypad.stateOf(personId, page)).toBe('cancelled')
  })

  it('keeps where the person came from no longer than the keypad needs it', async () => {
    const personId = await keypad.addPersonWithPassword(RIGHT)
    const pages: KeypadPage[] = []
    for (let i = 0; i < 5; i++) pages.push(await keypad.openPage(personId, CLOSE))
    const [approved, cancelled, told, expired] = pages
    if (!approved || !cancelled || !told || !expired) throw new Error('no page')
    await keypad.enter(approved, RIGHT)
    await keypad.post('/keypad/cancel', cancelled.secret, {})
    await core.call('cancelApproval', { params: { personId, approvalId: told.approvalId } })
    const kept = async () => {
      const { rows } = await core.services.db.pool.query(
        `select approval_id as id from approvals where person_id = $1 and return_to <> ''`,
        [personId],
      )
      return rows.map(({ id }) => pages.findIndex(({ approvalId }) => approvalId === id)).sort()
    }
    expect(await kept()).toEqual([3, 4])
    await keypad.expire(expired)
    await sweepOnce(core.services.db.pool)
    expect(await kept()).toEqual([4])
    const known = { params: { personId, approvalId: expired.approvalId } }
    expect((await core.call('getApproval', known)).body.status).toBe('expired')
  })
})

describe('the keypad page', () => {
  it('opens once per ticket, and shows what is approved with the person’s phrase', async () => {
    const personId = await keypad.addPersonWithPassword(RIGHT)
    const { ticket, keypadUrl } = await keypad.ask(personId, CLOSE)
    expect(keypadUrl).toBe(`${KEYPAD_ORIGIN}/keypad`)
    const first = await keypad.open(ticket)
    expect(first.status).toBe(200)
    expect(first.page).toMatchObject({
      action: '{"kind":"close_wallet"}',
      phrase: '窗外有棵银杏树',
      returnTo: SCHOOL_PAGE,
      school: { name: '云谷大学' },
    })
    expect(first.text).not.toContain(ticket)
    const again = await keypad.open(ticket)
    expect(again.status).toBe(410)
    expect(again.text).toContain('请返回上一页重试')
    expect((await keypad.open(ticket, { lang: 'en' })).text).toContain('go back and try again')
    // The school's page can show that too; it says nothing of anybody, so others may as well.
    expect(again.headers['content-security-policy']).toMatch(/frame-ancestors \*$/)
  })

  it('looks as the widget does, when that says how', async () => {
    const personId = await keypad.addPersonWithPassword()
    const look = async (more: Record<string, string>) => {
      const { text } = await keypad.open((await keypad.ask(personId, CLOSE)).ticket, more)
      return /<html lang="[\w-]+"(?: data-scheme="\w+")?/.exec(text)?.[0]
    }
    expect(await look({})).toBe('<html lang="zh-CN"')
    expect(await look({ lang: 'en', scheme: 'dark' })).toBe('<html lang="en" data-scheme="dark"')
    expect(await look({ lang: '"x', scheme: '"x' })).toBe('<html lang="zh-CN"')
  })

  it('is opened by one of two at once', async () => {
    const personId = await keypad.addPersonWithPassword()
    const { ticket } = await keypad.ask(personId, CLOSE)
    const opened = await Promise.all(Array.from({ length: 5 }, () => keypad.open(ticket)))
    expect(opened.filter(({ page }) => page)).toHaveLength(1)
  })

  it('does not open with a ticket that is made up, cut, or too old', async () => {
    const personId = await keypad.addPersonWithPassword()
    const { ticket, approvalId } = await keypad.ask(personId, CLOSE)
    const secret = randomBytes(32).toString('base64url')
    for (const made of ['', 'x', ticket.slice(1), `${SCHOOL}.${approvalId}.${secret}`]) {
      expect((await keypad.open(made)).status).toBe(410)
    }
    const { pool } = core.services.db
    await pool.query('update approvals set expires_at = now() where approval_id = $1', [approvalId])
    expect((await keypad.open(ticket)).status).toBe(410)
  })

  it('may be framed by the school and the BFF’s own page alone, runs only its own script, and is kept by nobody', async () => {
    const personId = await keypad.addPersonWithPassword()
    const { headers } = await keypad.open((await keypad.ask(personId, CLOSE)).ticket)
    expect(headers['content-security-policy']).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
        "base-uri 'none'; form-action 'none'; frame-ancestors https://school.example https://bff.example",
    )
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    })
    const script = await keypad.send('GET', '/keypad/keypad-1.js')
    expect(script.headers['cache-control']).toContain('immutable')
  })

  it('writes what the school and the person have chosen as text, never as markup', async () => {
    const personId = await keypad.addPerson()
    const verificationId = await keypad.verify(personId)
    const set = await keypad.openPage(personId, { kind: 'set_password', verificationId })
    const phrase = `"><b a='&amp;`
    expect((await keypad.enter(set, RIGHT, phrase)).status).toBe(200)
    const { page, text } = await keypad.open((await keypad.ask(personId, CLOSE)).ticket)
    expect(page?.phrase).toBe(phrase)
    expect(text).not.toContain('<b ')
  })

  it('answers only under its own name, and says when there is nothing', async () => {
    const personId = await keypad.addPersonWithPassword()
    const page = await keypad.openPage(personId, CLOSE)
    const foreign = await keypad.post('/keypad/cancel', page.secret, {}, { host: 'evil.example' })
    expect(foreign.code).toBe('TARGET_INVALID')
    const type = { host: 'evil.example', 'content-type': 'application/x-www-form-urlencoded' }
    expect((await keypad.send('POST', '/keypad', type, 'ticket=x')).status).toBe(400)
    expect((await keypad.send('GET', '/keypad')).status).toBe(410)
    expect((await keypad.send('GET', '/v1/events')).status).toBe(404)
    expect((await keypad.send('GET', '/healthz')).status).toBe(200)
    expect((await keypad.send('GET', '/readyz')).status).toBe(404)
  })
})

describe('an entry', () => {
  it('that is right approves, and the approval is spent once', async () => {
    const personId = await keypad.addPersonWithPassword(RIGHT)
    const page = await keypad.openPage(personId, CLOSE)
    expect(await keypad.stateOf(personId, page)).toBe('waiting')
    expect((await keypad.enter(page, RIGHT)).code).toBe('approved')
    expect(await keypad.stateOf(personId, page)).toBe('approved')
    // The page has done its work.
    expect((await keypad.enter(page, RIGHT)).code).toBe('APPROVAL_INVALID')
    const spend = () =>
      inTransaction(core.services.db.pool, (tx) =>
        spendApproval(tx, {
          ...{ schoolId: SCHOOL, personId, approvalId: page.approvalId },
          action: CLOSE,
        }),
      )
    expect(await spend()).toBeUndefined()
    expect(await keypad.stateOf(personId, page)).toBe('spent')
    expect(await spend()).toEqual({ refused: 'APPROVAL_INVALID' })
  })

  it('that is wrong counts down, and the fifth locks; a right one afterwards is refused', async () => {
    const personId = await keypad.addPersonWithPassword(RIGHT)
    const page = await keypad.openPage(personId, CLOSE)
    for (const left of [4, 3, 2, 1]) {
      const { status, body } = await keypad.enter(page, '417291')
      expect(status).toBe(403)
      expect(body).toMatchObject({ code: 'PASSWORD_WRONG', triesLeft: left })
    }
    expect((await keypad.enter(page, '417291')).code).toBe('PASSWORD_LOCKED')
    expect((await keypad.enter(page, RIGHT)).code).toBe('PASSWORD_LOCKED')
    expect(await passwordState(core.services.db.pool, SCHOOL, personId)).toBe('locked')
    expect(await keypad.changesOf(personId)).toEqual(['password_set', 'password_locked'])
  })

  it('that is the fifth has locked and said so before anybody looks at it', async () => {
    const personId = await keypad.addPersonWithPassword(RIGHT)
    const told = async () => {
      const { rows } = await core.services.db.pool.query(
        `select data ->> 'change' as change from notices
          where person_id = $1 and kind = 'password' order by at`,
        [personId],
      )
      const notices = rows.map(({ change }) => `password_${change}`)
      expect(notices).toEqual(await keypad.changesOf(personId))
      return notices
    }
    for (const [digits, ends] of [
      [RIGHT, 'approved'],
      ['away', 'UNAVAILABLE'],
      ['malformed', 'BAD_REQUEST'],
      ['417291', 'PASSWORD_LOCKED'],
    ] as const) {
      const page = await keypad.openPage(personId, CLOSE)
      for (let i = (await keypad.passwordRow(personId))?.wrong_count ?? 0; i < 4; i++) {
        expect((await keypad.enter(page, '417291')).code).toBe('PASSWORD_WRONG')
      }
      let release = () => {}
      held = new Promise((resolve, reject) => {
        release = () => (digits === 'away' ? reject(new KeysUnavailable()) : resolve())
      })
      const before = checks
      const sealed = await keypad.seal(page, RIGHT)
      const entered =
        digits === 'malformed'
          ? keypad.post('/keypad/entries', page.secret, { sealed: flip(sealed, 70) })
          : keypad.enter(page, digits === 'away' ? RIGHT : digits)
      await expect.poll(() => checks).toBe(before + 1)
      // Here the process may die: what stands now is what the person finds.
      expect(await passwordState(core.services.db.pool, SCHOOL, personId)).toBe('locked')
      expect(await told()).toEqual(['password_set', 'password_locked'])
      release()
      expect((await entered).code).toBe(ends)
      held = undefined
      if (ends === 'PASSWORD_LOCKED') continue
      expect(await passwordState(core.services.db.pool, SCHOOL, personId)).toBe('set')
      expect(await told()).toEqual(['password_set'])
    }
    expect(await told()).toEqual(['password_set', 'password_locked'])
  })

  it('that is right forgives the wrong ones before it', async () => {
    const personId = await keypad.addPersonWithPassword(RIGHT)
    for (let round = 0; round < 2; round++) {
      const page = await keypad.openPage(personId, CLOSE)
      for (let i = 0; i < 4; i++) await keypad.enter(page, '417291')
      expect((await keypad.enter(page, RIGHT)).code).toBe('approved')
      expect(await keypad.passwordRow(personId)).toMatchObject({ wrong_count: 0, locked_at: null })
    }
  })

  it('is one of five, also of twenty at once on several pages', async () => {
    const personId = await keypad.addPersonWithPassword(RIGHT)
    const pages = await Promise.all([1, 2, 3, 4].map(() => keypad.openPage(personId, CLOSE)))
    const before = checks
    const guesses = Array.from({ length: 20 }, (_, i) => {
      const page = pages[i % pages.length]
      if (!page) throw new Error('no page')
      return keypad.enter(page, `41729${i % 2 === 0 ? 1 : 2}`)
    })
    const codes = (await Promise.all(guesses)).map(({ code }) => code)
    expect(checks - before).toBe(5)
    expect(codes.filter((code) => code === 'PASSWORD_WRONG')).toHaveLength(4)
    expect(codes.filter((code) => code === 'PASSWORD_LOCKED')).toHaveLength(16)
    expect((await keypad.passwordRow(personId))?.locked_at).not.toBeNull()
  })

  it('with a changed bit is no guess, and costs none', async () => {
    const personId = await keypad.addPersonWithPassword(RIGHT)
    const page = await keypad.openPage(personId, CLOSE)
    const sealed = await keypad.seal(page, RIGHT)
    const length = Buffer.from(sealed, 'base64url').length
    for (let at = 0; at < length; at += 7) {
      const { status, code } = await keypad.post('/keypad/entries', page.secret, {
        sealed: flip(sealed, at),
      })
      expect([status, code]).toEqual([400, 'BAD_REQUEST'])
    }
    // What was sealed for another action, another challenge or another approval.
    for (const other of [
      { ...page, action: '{"kind":"sign_agreement"}' },
      { ...page, challenge: flip(page.challenge, 0) },
      { ...page, approvalId: v7() },
    ]) {
      const foreign = await keypad.seal(other, RIGHT)
      const { code } = await keypad.post('/keypad/entries', page.secret, { sealed: foreign })
      expect(code).toBe('BAD_REQUEST')
    }
    expect((await keypad.passwordRow(personId))?.wrong_count).toBe(0)
    expect((await keypad.post('/keypad/entries', page.secret, { sealed })).code).toBe('approved')
  })

  it('costs no try while the key process is away', async () => {
    const personId = await keypad.addPersonWithPassword(RIGHT)
    const page = await keypad.openPage(personId, CLOSE)
    keysAway = true
    for (let i = 0; i < 6; i++) {
      expect((await keypad.enter(page, RIGHT)).code).toBe('UNAVAILABLE')
    }
    keysAway = false
    expect((await keypad.enter(page, RIGHT)).code).toBe('approved')
  })

  it('needs the page’s secret, its origin and JSON', async () => {
    const personId = await keypad.addPersonWithPassword(RIGHT)
    const page = await keypad.openPage(personId, CLOSE)
    const content = { sealed: await keypad.seal(page, RIGHT) }
    const send = (secret: string, headers = {}, body: unknown = content) =>
      keypad.post('/keypad/entries', secret, body, headers)
    expect((await send('')).code).toBe('APPROVAL_INVALID')
    const foreign = `${SCHOOL}.${page.approvalId}.${randomBytes(32).toString('base64url')}`
    expect((await send(foreign)).code).toBe('APPROVAL_INVALID')
    for (const origin of ['https://school.example', 'null', '']) {
      expect((await send(page.secret, { origin })).code).toBe('ORIGIN_NOT_ALLOWED')
    }
    const text = { 'content-type': 'text/plain' }
    expect((await send(page.secret, text)).code).toBe('MEDIA_TYPE_UNSUPPORTED')
    expect((await send(page.secret, {}, { sealed: 7 })).code).toBe('BAD_REQUEST')
    expect((await send(page.secret, {}, { ...content, phrase: 'x' })).code).toBe('BAD_REQUEST')
    const long = { sealed: 'x'.repeat(20_000) }
    expect((await send(page.secret, {}, long)).code).toBe('BODY_TOO_LARGE')
    expect((await send(page.secret)).code).toBe('approved')
  })

  it('comes too late after three minutes or a cancellation', async () => {
    const personId = await keypad.addPersonWithPassword(RIGHT)
    const late = await keypad.openPage(personId, CLOSE)
    await keypad.expire(late)
    expect((await keypad.enter(late, RIGHT)).code).toBe('APPROVAL_INVALID')
    expect(await keypad.stateOf(personId, late)).toBe('expired')
    const dropped = await keypad.openPage(personId, CLOSE)
    expect((await keypad.post('/keypad/cancel', dropped.secret, {})).code).toBe('cancelled')
    expect((await keypad.enter(dropped, RIGHT)).code).toBe('APPROVAL_INVALID')
    expect(await keypad.stateOf(personId, dropped)).toBe('cancelled')
  })
})

describe('setting a payment password', () => {
  it('spends its verification and tells the phone', async () => {
    const personId = await keypad.addPerson()
    const verificationId = await keypad.verify(personId)
    const action = { kind: 'set_password', verificationId } as const
    const [page, second] = [
      await keypad.openPage(personId, action),
      await keypad.openPage(personId, action),
    ]
    expect(page.phrase).toBeNull()
    expect((await keypad.enter(page, RIGHT)).code).toBe('BAD_REQUEST')
    for (const phrase of ['', '   ', 'x'.repeat(21), 'a\u0000b']) {
      expect((await keypad.enter(page, RIGHT, phrase)).code).toBe('BAD_REQUEST')
    }
    expect((await keypad.enter(page, '123456', '银杏')).code).toBe('PASSWORD_TOO_SIMPLE')
    expect((await keypad.enter(page, RIGHT, '🌳'.repeat(20))).code).toBe('approved')
    expect(await keypad.stateOf(personId, page)).toBe('spent')
    expect((await keypad.enter(second, '580362', '银杏')).code).toBe('VERIFICATION_INVALID')
    expect(await startApproval(personId, action)).toBe('VERIFICATION_INVALID')
    expect(await keypad.changesOf(personId)).toEqual(['password_set'])
    const approve = await keypad.openPage(personId, CLOSE)
    expect((await keypad.enter(approve, RIGHT)).code).toBe('approved')
  })

  it('hashes once, however many entries of a page come at once', async () => {
    const personId = await keypad.addPerson()
    const verificationId = await keypad.verify(personId)
    const page = await keypad.openPage(personId, { kind: 'set_password', verificationId })
    const before = hashes
    const entries = Array.from({ length: 12 }, () => keypad.enter(page, RIGHT, '银杏'))
    const codes = (await Promise.all(entries)).map(({ code }) => code).sort()
    expect(codes.at(-1)).toBe('approved')
    // Those that came after it find the verification spent.
    const refused = new Set(codes.slice(0, -1))
    for (const code of refused) expect(['APPROVAL_INVALID', 'VERIFICATION_INVALID']).toContain(code)
    expect(hashes - before).toBe(1)
  })

  it('may be tried again after what could not be taken', async () => {
    const personId = await keypad.addPerson()
    const verificationId = await keypad.verify(personId)
    const page = await keypad.openPage(personId, { kind: 'set_password', verificationId })
    const enter = (digits: string) => keypad.enter(page, digits, '银杏')
    keysAway = true
    expect((await enter(RIGHT)).code).toBe('UNAVAILABLE')
    keysAway = false
    const sealed = flip(await keypad.seal(page, RIGHT), 70)
    const { code } = await keypad.post('/keypad/entries', page.secret, { sealed, phrase: '银杏' })
    expect(code).toBe('BAD_REQUEST')
    expect((await enter('111111')).code).toBe('PASSWORD_TOO_SIMPLE')
    expect((await enter(RIGHT)).code).toBe('approved')
  })

  it('happens once with one verification, also on two pages at once', async () => {
    const personId = await keypad.addPerson()
    const verificationId = await keypad.verify(personId)
    const action = { kind: 'set_password', verificationId } as const
    const pages = await Promise.all([1, 2, 3].map(() => keypad.openPage(personId, action)))
    const codes = await Promise.all(pages.map((page) => keypad.enter(page, RIGHT, '银杏')))
    expect(codes.map(({ code }) => code).sort()).toEqual([
      'VERIFICATION_INVALID',
      'VERIFICATION_INVALID',
      'approved',
    ])
  })

  it('by the school’s phone is for a first one alone', async () => {
    const personId = await keypad.addPerson()
    const verificationId = await keypad.verify(personId)
    const { pool } = core.services.db
    // A second verification of the same kind, from before the password was set.
    const other = v7()
    await pool.query(
      `insert into verifications (school_id, verification_id, person_id, means, expires_at, confirmed_at)
       values ($1, $2, $3, 'school_phone', now() + interval '10 minutes', now())`,
      [SCHOOL, other, personId],
    )
    const late = await keypad.openPage(personId, { kind: 'set_password', verificationId: other })
    const page = await keypad.openPage(personId, { kind: 'set_password', verificationId })
    expect((await keypad.enter(page, RIGHT, '银杏')).code).toBe('approved')
    expect((await keypad.enter(late, '580362', '银杏')).code).toBe('PASSWORD_ALREADY_SET')
    const action = { kind: 'set_password', verificationId: other }
    expect(await startApproval(personId, action)).toBe('PASSWORD_ALREADY_SET')
  })
})

describe('changing a payment password', () => {
  it('needs the old one, with the same five tries', async () => {
    const personId = await keypad.addPersonWithPassword(RIGHT)
    const page = await keypad.openPage(personId, { kind: 'change_password' })
    expect((await keypad.enter(page, '417291580362')).body).toMatchObject({
      code: 'PASSWORD_WRONG',
      triesLeft: 4,
    })
    expect((await keypad.enter(page, `${RIGHT}111111`)).code).toBe('PASSWORD_TOO_SIMPLE')
    expect((await keypad.passwordRow(personId))?.wrong_count).toBe(0)
    expect((await keypad.enter(page, `${RIGHT}580362`)).code).toBe('approved')
    expect(await keypad.stateOf(personId, page)).toBe('spent')
    const approve = await keypad.openPage(personId, CLOSE)
    expect(approve.phrase).toBe('窗外有棵银杏树')
    expect((await keypad.enter(approve, RIGHT)).code).toBe('PASSWORD_WRONG')
    expect((await keypad.enter(approve, '580362')).code).toBe('approved')
    expect(await keypad.changesOf(personId)).toEqual(['password_set', 'password_set'])
  })

  it('ends what the old one has approved', async () => {
    const personId = await keypad.addPersonWithPassword(RIGHT)
    const other = await keypad.openPage(personId, CLOSE)
    expect((await keypad.enter(other, RIGHT)).code).toBe('approved')
    const page = await keypad.openPage(personId, { kind: 'change_password' })
    expect((await keypad.enter(page, `${RIGHT}580362`)).code).toBe('approved')
    expect(await keypad.stateOf(personId, other)).toBe('cancelled')
    expect(await keypad.stateOf(personId, page)).toBe('spent')
  })

  it('locks after five wrong old ones', async () => {
    const personId = await keypad.addPersonWithPassword(RIGHT)
    const page = await keypad.openPage(personId, { kind: 'change_password' })
    for (let i = 0; i < 4; i++) await keypad.enter(page, '417291580362')
    expect((await keypad.enter(page, '417291580362')).code).toBe('PASSWORD_LOCKED')
    expect((await keypad.enter(page, `${RIGHT}580362`)).code).toBe('PASSWORD_LOCKED')
  })
})

describe('a password that was typed', () => {
  it('stands in no log, no answer and no table', async () => {
    const [first, second] = ['738194', '205867']
    const personId = await keypad.addPersonWithPassword(first)
    const change = await keypad.openPage(personId, { kind: 'change_password' })
    const answers = [
      await keypad.enter(change, `${second}${first}`),
      await keypad.enter(change, `${first}${second}`),
    ]
    const { ticket } = await keypad.ask(personId, CLOSE)
    const { page, text } = await keypad.open(ticket)
    if (!page) throw new Error('no page')
    const sealed = await keypad.seal(page, second)
    answers.push(await keypad.post('/keypad/entries', page.secret, { sealed: flip(sealed, 70) }))
    answers.push(await keypad.post('/keypad/entries', page.secret, { sealed }))
    expect(answers.map(({ code }) => code)).toEqual([
      'PASSWORD_WRONG',
      'approved',
      'BAD_REQUEST',
      'approved',
    ])

    const { pool } = core.services.db
    const tables = await pool.query(
      `select table_name as name from information_schema.tables where table_schema = 'public'`,
    )
    const dump: string[] = []
    for (const { name } of tables.rows) {
      const { rows } = await pool.query(`select t::text as line from ${name} t`)
      dump.push(...rows.map(({ line }) => line))
    }
    const logged = core.logged.join('\n')
    const said = [text, ...answers.map((answer) => answer.text)].join('\n')
    expect(dump.length).toBeGreaterThan(20)
    expect(logged).toContain('keypad-entry')
    for (const digits of [first, second]) {
      const forms = [
        digits,
        Buffer.from(digits).toString('base64'),
        Buffer.from(digits).toString('hex'),
      ]
      for (const form of forms) {
        // Microseconds of a time may be any six digits.
        expect(dump.join('\n').replace(/:\d\d\.\d+/g, '')).not.toContain(form)
        expect(logged).not.toContain(form)
        expect(said).not.toContain(form)
      }
    }
    for (const secret of [ticket, page.secret, sealed]) expect(logged).not.toContain(secret)
  })
})
