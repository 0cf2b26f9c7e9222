import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { v7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verifyStatement } from '../statements/verify-statement.ts'
import { paymentOf, SCHOOL } from '../testing/campus.ts'
import { createTestOffice, type TestOffice } from '../testing/office.ts'
import { dayBefore, shiftOneDayBack } from '../testing/shift-days.ts'
import { startCallNotes } from './note-calls.ts'
import { indexPhoneTails } from './people/phone-tails.ts'

let office: TestOffice
let campus: TestOffice['campus']
let admin: TestOffice['admin']
let finance: TestOffice['finance']
let finance2: TestOffice['finance2']
let card: TestOffice['card']
let card2: TestOffice['card2']
let query: TestOffice['query']
beforeAll(async () => {
  office = await createTestOffice()
  ;({ campus, admin, finance, finance2, card, card2, query } = office)
})
afterAll(() => office.close())

const reason = '本人带证件到窗口'
describe('people', () => {
  it('are found by card number, whole name or end of phone, and listed masked', async () => {
    const { services } = campus
    const { indexCardNo, sealPerson } = await import('../people/open-person.ts')
    const add = async (name: string, phone: string | undefined, cardNo: string) => {
      const { personId } = await campus.addPerson()
      const details = { name, cardNo, ...(phone !== undefined && { phone }) }
      await campus.db.pool.query(
        `update people set sealed = $2, masked_name = $3, card_no_index = $4 where person_id = $1`,
        [
          ...[personId, await sealPerson(services, SCHOOL, personId, details)],
          ...['林*夏', await indexCardNo(services, SCHOOL, cardNo)],
        ],
      )
      return personId
    }
    const lin = await add('林知夏', '13700001234', '20239000001')
    await add('林之夏', '13700009876', '20239000002')
    await add('林大夏', undefined, '20239000003')
    while ((await indexPhoneTails(services)) > 0);
    for (const body of [{ cardNo: '20239000001' }, { name: '林知夏' }, { phoneTail: '1234' }]) {
      const { people } = await card.done('findPeople', { body })
      expect(people).toHaveLength(1)
      expect(people[0]).toMatchObject({ personId: lin, maskedName: '林*夏' })
      expect(JSON.stringify(people)).not.toContain('知')
    }
    expect((await card.done('findPeople', { body: { name: '林*夏' } })).people).toEqual([])
    // Another phone by a later import.
    const { saveDetails } = await import('../campus/person-store.ts')
    const { inTransaction } = await import('../db/database.ts')
    const details = { name: '林知夏', cardNo: '20239000001', phone: '13700005678' }
    const sealed = await sealPerson(services, SCHOOL, lin, details)
    await inTransaction(campus.db.pool, (tx) =>
      saveDetails(tx, SCHOOL, { personId: lin, sealed, maskedName: '林*夏' }),
    )
    while ((await indexPhoneTails(services)) > 0);
    expect((await card.done('findPeople', { body: { phoneTail: '1234' } })).people).toEqual([])
    const person = await card.done('getPerson', { params: { personId: lin } })
    expect(person).toMatchObject({ maskedPhone: '*** **** 5678', password: 'not_set' })
    const log = await query(
      "select * from staff_audit where operation in ('findPeople', 'getPerson')",
    )
    expect(JSON.stringify(log)).not.toMatch(/20239000001|知夏/)
    expect(log.filter(({ person_id }) => person_id === lin)).toHaveLength(4)
  })

  it('have their cards locked and unlocked with a reason, and hear of it (R6)', async () => {
    const { personId } = await campus.addPerson()
    const code = await campus.issueCode(personId)
    const params = { personId }
    expect(await card.refused('lockCard', { params, body: { reason: '丢' } })).toBe('BAD_REQUEST')
    await card.done('lockCard', { params, body: { reason } })
    const refused = await campus.pay({ orderNo: v7(), amountFen: 100, code })
    expect(refused).toMatchObject({ refused: 'CODE_EXPIRED' })
    expect((await card.done('getPerson', { params })).cardStatus).toBe('locked')
    await card.done('unlockCard', { params, body: { reason } })
    expect((await card.done('getPerson', { params })).cardStatus).toBe('active')
    const notices = await query('select kind from notices where person_id = $1', [personId])
    expect(notices.filter(({ kind }) => kind === 'card')).toHaveLength(2)
    const rows = await query(
      'select operation from staff_audit where person_id = $1 and reason = $2 order by audit_id',
      [personId, reason],
    )
    expect(rows.map(({ operation }) => operation)).toEqual(['lockCard', 'unlockCard'])
  })

  it('without a bank card have the payment password ended at the office (R16), others at the bank', async () => {
    const { personId } = await campus.addPerson()
    const withCard = await campus.addPerson({ bankCard: true })
    const setPassword = (id: string) =>
      campus.db.pool.query(
        `insert into payment_passwords (school_id, person_id, hash, phrase, wrong_count, locked_at)
         values ($1, $2, 'x', '', 5, now())`,
        [SCHOOL, id],
      )
    await setPassword(personId)
    await setPassword(withCard.personId)
    const params = { personId }
    const other = { params: { personId: withCard.personId }, body: { reason } }
    expect(await card.refused('resetPassword', other)).toBe('VERIFY_BY_BANK_CARD')
    await card.done('resetPassword', { params, body: { reason } })
    expect((await card.done('getPerson', { params })).password).toBe('not_set')
    const notices = await query('select kind, data from notices where person_id = $1', [personId])
    expect(notices).toEqual([{ kind: 'password', data: { change: 'reset' } }])
    expect(await card.refused('resetPassword', { params, body: { reason } })).toBe(
      'PASSWORD_NOT_SET',
    )
  })

  it('lose a phone’s codes and a WeChat’s at the office', async () => {
    const { personId } = await campus.addPerson()
    const phone = await campus.enrolPhone(personId)
    await campus.bindWechat(personId)
    const params = { personId, deviceId: phone.deviceId }
    await card.done('removeDevice', { params, body: { reason } })
    await card.done('endWechat', { params, body: { reason } })
    const person = await card.done('getPerson', { params })
    expect(person).toMatchObject({ devices: [], wechat: { signsIn: false, pays: false } })
    const gone = { params: { ...params, deviceId: v7() }, body: { reason } }
    expect(await card.refused('removeDevice', gone)).toBe('DEVICE_UNKNOWN')
  })
})

describe('deleting a person at the window (R42)', () => {
  const ask = (personId: string, taskId = v7()) => ({
    params: { personId },
    body: { taskId, reason },
  })
  const word = (taskId: string, decision: 'approve' | 'decline') => ({
    params: { taskId },
    body: { decision },
  })

  it('takes two people of the card office, and leaves nobody to find', async () => {
    const { personId } = await campus.addPerson({ walletFen: 0 })
    const params = { personId }
    const asked = ask(personId)
    const { taskId } = asked.body
    for (let turn = 0; turn < 2; turn++) {
      expect((await card.call('deletePerson', asked)).status).toBe(202)
    }
    expect(await card2.refused('deletePerson', ask(personId))).toBe('STAFF_TASK_DECIDED')
    expect(await card2.refused('deletePerson', asked)).toBe('STAFF_TASK_DECIDED')
    expect((await card.done('getPerson', { params })).deletion).toMatchObject({
      ...{ state: 'waiting', by: 'zhou 老师', keptUntil: null },
    })
    expect(await card.refused('decideTask', word(taskId, 'approve'))).toBe('STAFF_NOT_ONESELF')
    expect(await finance.refused('decideTask', word(taskId, 'approve'))).toBe('STAFF_ROLE_MISSING')
    expect((await finance.done('getTasks')).tasks).toEqual([])
    const { tasks } = await card2.done('getTasks')
    expect(tasks[0]).toMatchObject({ taskId, kind: 'delete_person', person: { personId } })
    const decided = await Promise.all(
      [1, 2].map(() => card2.call('decideTask', word(taskId, 'approve'))),
    )
    expect(decided.map(({ body }) => body.code ?? 'done').toSorted()).toEqual([
      ...['STAFF_TASK_DECIDED', 'done'],
    ])
    const person = await card.done('getPerson', { params })
    expect(person).toMatchObject({ maskedName: '＊', cardStatus: 'closed' })
    expect(person.deletion).toMatchObject({ state: 'done', by: null })
    expect(await card.refused('deletePerson', ask(personId))).toBe('STAFF_TASK_DECIDED')
    const rows = await query(
      'select staff_name, operation, outcome, ref, reason from staff_audit where person_id = $1 order by audit_id',
      [personId],
    )
    const done = rows.filter(
      ({ outcome, operation }) => outcome === 'done' && operation !== 'getPerson',
    )
    expect(done).toEqual([
      ...[1, 2].map(() => ({
        ...{ staff_name: 'zhou', operation: 'deletePerson', outcome: 'done', reason },
        ref: `task/${taskId} waits`,
      })),
      {
        ...{ staff_name: 'wu', operation: 'decideTask', outcome: 'done', reason },
        ref: `task/${taskId} delete_person`,
      },
    ])
  })

  it('says at once what stands against it, and looks again when the second person agrees', async () => {
    const { personId } = await campus.addPerson({ walletFen: 100 })
    expect(await card.refused('deletePerson', ask(personId))).toBe('BALANCE_NOT_ZERO')
    expect(
      (await card2.done('getTasks')).tasks.map((task: { state: string }) => task.state),
    ).toEqual(['approved'])
    const asked = ask(personId)
    const { taskId } = asked.body
    const orderNo = v7()
    await campus.pay({ orderNo, amountFen: 100, code: await campus.issueCode(personId) })
    await card.done('deletePerson', asked)
    await campus.refund(orderNo, v7(), 100)
    expect(await card2.refused('decideTask', word(taskId, 'approve'))).toBe('BALANCE_NOT_ZERO')
    expect((await card.done('getPerson', { params: { personId } })).deletion.state).toBe('waiting')
    // Whoever asked may take it back.
    await card.done('decideTask', word(taskId, 'decline'))
    expect((await card.done('getPerson', { params: { personId } })).deletion).toBeNull()
  })
})

describe('what one person refunds alone', () => {
  const set = (amountFen: number, taskId = v7()) => ({
    body: { taskId, amountFen, reason: '学期初调整' },
  })
  const settings = () => finance.done('getSettings')

  it('is lowered at once and raised by two people’s word', async () => {
    expect(await settings()).toEqual({ refundAloneFen: 20_000, asked: null })
    expect((await finance.call('setRefundAlone', set(5_000))).status).toBe(200)
    expect((await settings()).refundAloneFen).toBe(5_000)
    const raise = set(30_000)
    const { taskId } = raise.body
    for (let turn = 0; turn < 2; turn++) {
      expect((await finance.call('setRefundAlone', raise)).status).toBe(202)
    }
    expect(await finance2.refused('setRefundAlone', set(40_000))).toBe('STAFF_TASK_DECIDED')
    expect(await settings()).toMatchObject({
      ...{ refundAloneFen: 5_000, asked: { amountFen: 30_000, by: 'qian 老师' } },
    })
    const word = { params: { taskId }, body: { decision: 'approve' } }
    expect(await finance.refused('decideTask', word)).toBe('STAFF_NOT_ONESELF')
    expect(await card.refused('decideTask', word)).toBe('STAFF_ROLE_MISSING')
    expect(await admin.refused('setRefundAlone', set(1))).toBe('STAFF_ROLE_MISSING')
    await finance2.done('decideTask', word)
    expect(await settings()).toEqual({ refundAloneFen: 30_000, asked: null })
    const rows = await query(
      `select staff_name, operation, ref, amount_fen from staff_audit
        where amount_fen in (5000, 30000) and outcome = 'done' order by audit_id`,
    )
    expect(rows.map((row) => Object.values(row).join(' '))).toEqual([
      ...['qian setRefundAlone settings/refund-alone 5000'],
      ...[1, 2].map(() => 'qian setRefundAlone settings/refund-alone waits 30000'),
      `sun decideTask task/${taskId} raise_refund_alone 30000`,
    ])
  })

  it('is nothing at the least, and ¥10,000 at the most', async () => {
    expect((await finance.call('setRefundAlone', set(0))).status).toBe(200)
    for (const amountFen of [-1, 1_000_001, 0.5]) {
      expect(await finance.refused('setRefundAlone', set(amountFen))).toBe('AMOUNT_INVALID')
    }
    await query('update schools set refund_alone_fen = default')
  })
})

describe('places', () => {
  it('are switched off and on, and tills say when they were heard of', async () => {
    const notes = startCallNotes(campus.services)
    notes.heard(campus.terminal)
    notes.heard({ kind: 'bff', keyId: 'x' })
    const requestId = v7()
    const { personId } = await campus.addPerson()
    const told = { schoolId: SCHOOL, personId, route: 'lockCard', code: 'CARD_CLOSED' } as const
    notes.told({ ...told, requestId })
    await notes.stop()
    const { terminals } = await admin.done('getDevices')
    const mine = terminals.find(
      ({ terminalId }: { terminalId: string }) => terminalId === campus.terminal.terminalId,
    )
    expect(Date.now() - Date.parse(mine.lastContactAt)).toBeLessThan(60_000)
    const { refusedCalls } = await card.done('findPayments', { body: { requestId } })
    expect(refusedCalls[0]).toMatchObject({
      ...{ requestId, refusal: { code: 'CARD_CLOSED' }, person: { personId } },
    })

    const params = { merchantId: campus.merchantId, terminalId: campus.terminal.terminalId }
    const pay = async () => {
      const code = await campus.issueCode((await campus.addPerson()).personId)
      const answer = await campus.pay({ orderNo: v7(), amountFen: 100, code })
      return 'refused' in answer ? answer.refused : paymentOf(answer).refusal?.code
    }
    const why = { reason: '食堂停业装修' }
    await finance.done('setMerchant', { params, body: { accepting: false, ...why } })
    expect(await pay()).toBe('MERCHANT_NOT_ACCEPTING')
    await finance.done('setMerchant', { params, body: { accepting: true, ...why } })
    await admin.done('setTerminal', { params, body: { enabled: false, ...why } })
    expect(await pay()).toBe('TERMINAL_DISABLED')
    await admin.done('setTerminal', { params, body: { enabled: true, ...why } })
    expect(await pay()).toBeUndefined()
    const { merchants } = await card.done('getMerchants')
    expect(merchants[0]).toMatchObject({ name: '第一食堂', accepting: true })
    const unknown = { params: { gateId: v7() }, body: { enabled: false, ...why } }
    expect(await admin.refused('setGate', unknown)).toBe('NOT_FOUND')
  })

  it('show the last hour by minute and reason, and who does not answer', async () => {
    const { personId } = await campus.addPerson()
    const pulse = await card.done('getPulse')
    expect(pulse.minutes).toHaveLength(60)
    expect(pulse.paidCount).toBeGreaterThan(0)
    expect(
      pulse.refusals.map(({ refusal }: { refusal: { code: string } }) => refusal.code),
    ).toContain('TERMINAL_DISABLED')
    await campus.db.pool.query(
      `insert into external_movements (school_id, movement_id, kind, port, reference, person_id, amount_fen,
                                       next_attempt_at, created_at)
       values ($1, $2, 'debit', 'bank', 'pay-silent', $3, 100, now(), now() - interval '2 minutes')`,
      [SCHOOL, v7(), personId],
    )
    campus.moveClock(6_000)
    const { systems } = await card.done('getHealth')
    expect(systems.find(({ port }: { port: string }) => port === 'bank').state).toBe('silent')
    await campus.db.pool.query("delete from external_movements where reference = 'pay-silent'")
  })
})

describe('the books', () => {
  it('give the statement of a finished day, verified, file by file (R34)', async () => {
    const { personId } = await campus.addPerson()
    const code = await campus.issueCode(personId)
    await campus.pay({ orderNo: v7(), amountFen: 100, code })
    await shiftOneDayBack(campus.db.pool)
    const day = await dayBefore(campus.db.pool, 1)
    const { publicKey, days } = await finance.done('getStatements')
    expect(days).toHaveLength(31)
    const body = { day, scope: 'all' }
    const prepared = await finance.done('prepareStatement', { body })
    expect(prepared).toMatchObject({ result: 'ready', verified: true })
    expect(prepared.statement.total.paymentFen).toBeGreaterThan(0)
    const folder = mkdtempSync(join(tmpdir(), 'ecode-statement-'))
    const headers = { 'ecode-console': undefined, origin: undefined }
    for (const file of prepared.files) {
      const target = `/v1/staff/statements/${day}/all/${file}`
      const {
        status,
        text,
        headers: said,
      } = await finance.send('GET', target, { headers, raw: true })
      expect(status).toBe(200)
      expect(said['content-disposition']).toContain('attachment')
      writeFileSync(join(folder, file), text, 'latin1')
    }
    const verified = await verifyStatement(folder, Buffer.from(publicKey, 'base64url'))
    expect(verified).toMatchObject({ statement: { day, schoolId: SCHOOL } })
    expect(readFileSync(join(folder, 'entries-1.csv'), 'utf8')).toContain('第一食堂')
    rmSync(folder, { recursive: true })
    const today = await dayBefore(campus.db.pool, 0)
    const early = await finance.done('prepareStatement', { body: { day: today, scope: 'all' } })
    expect(early).toMatchObject({ result: 'too_early', files: [] })
    const elsewhere = { headers: { ...headers, 'sec-fetch-site': 'cross-site' } }
    const stolen = await finance.send(
      'GET',
      `/v1/staff/statements/${day}/all/statement.json`,
      elsewhere,
    )
    expect(stolen.text).toContain('ORIGIN_NOT_ALLOWED')
    expect(
      (await finance.send('GET', `/v1/staff/statements/${day}/all/entries-9.csv`, { headers }))
        .status,
    ).toBe(404)
  })

  it('put a difference aside by two people’s word, and keep it (R34)', async () => {
    await query(
      `insert into differences (school_id, port, reference, day, since_day, kind, here_count, here_fen, there_count, there_fen)
       values ($1, 'bank', 'pay-x', '2026-03-03', '2026-03-03', 'missing_here', 0, 0, 1, 500)`,
      [SCHOOL],
    )
    const body = {
      ...{ taskId: v7(), port: 'bank', reference: 'pay-x', sinceDay: '2026-03-03' },
      reason: '银行测试流水，已书面确认',
    }
    expect((await finance.call('clearDifference', { body })).status).toBe(202)
    const twice = { body: { ...body, taskId: v7() } }
    expect(await finance.refused('clearDifference', twice)).toBe('STAFF_TASK_DECIDED')
    const state = async () => (await finance.done('getDifferences')).differences[0]
    expect(await state()).toMatchObject({ reference: 'pay-x', state: 'waiting' })
    const task = { params: { taskId: body.taskId }, body: { decision: 'approve' } }
    expect(await finance.refused('decideTask', task)).toBe('STAFF_NOT_ONESELF')
    await finance2.done('decideTask', task)
    expect(await state()).toMatchObject({ state: 'cleared', reason: body.reason })
    expect(await query("select kind from differences where reference = 'pay-x'")).toEqual([
      { kind: 'missing_here' },
    ])
    const unknown = { body: { ...body, taskId: v7(), reference: 'nothing' } }
    expect(await finance.refused('clearDifference', unknown)).toBe('NOT_FOUND')
  })
})

describe('the rest', () => {
  it('sends webhooks again under their ids (R41)', async () => {
    const { terminalId: endpointId } = campus.terminal
    await query(
      `insert into webhook_endpoints (school_id, endpoint_id, url, sealed_secret) values ($1, $2, 'https://x.example/', '')`,
      [SCHOOL, endpointId],
    )
    const webhookId = v7()
    await query(
      `insert into webhooks (school_id, webhook_id, endpoint_id, type, data, attempt_count, next_attempt_at, failure)
       values ($1, $2, $3, 'order.paid', '{}', 12, null, 'answered 500')`,
      [SCHOOL, webhookId, endpointId],
    )
    const before = await admin.done('getWebhooks')
    expect(before.endpoints[0]).toMatchObject({ endpointId, givenUpCount: 1 })
    expect(before.deliveries[0]).toMatchObject({
      webhookId,
      state: 'given_up',
      failure: 'answered 500',
    })
    expect(await admin.done('replayWebhooks', { body: { endpointId } })).toEqual({ count: 1 })
    const after = await admin.done('getWebhooks', { query: { endpointId, state: 'waiting' } })
    expect(after.deliveries[0]).toMatchObject({ webhookId, attemptCount: 0 })
  })

  it('exports the log as a table without formulas', async () => {
    const { personId } = await campus.addPerson()
    const body = { reason: '=HYPERLINK("http://evil")' }
    await card.done('lockCard', { params: { personId }, body })
    const headers = { 'ecode-console': undefined, origin: undefined }
    const { text, headers: said } = await admin.send('GET', '/v1/staff/audit.csv', { headers })
    expect(said['content-type']).toBe('text/csv; charset=utf-8')
    expect(text.split('\r\n').length).toBeGreaterThan(20)
    expect(text).toContain(`"'=HYPERLINK(""http://evil"")"`)
  })
})
