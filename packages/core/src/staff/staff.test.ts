import { isAllowed, type StaffRoute, staffRoutes } from '@campus-ecode/protocol/staff-api'
import { v7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { paymentOf, SCHOOL } from '../testing/campus.ts'
import { STAFF_PASSWORD } from '../testing/console.ts'
import { createTestOffice, type TestOffice } from '../testing/office.ts'
import { createConsoleApp } from './console-app.ts'
import { runStaff } from './staff-command.ts'

let office: TestOffice
let campus: TestOffice['campus']
let console: TestOffice['console']
let admin: TestOffice['admin']
let finance: TestOffice['finance']
let finance2: TestOffice['finance2']
let card: TestOffice['card']
let support: TestOffice['support']
let auditOf: TestOffice['auditOf']
beforeAll(async () => {
  office = await createTestOffice()
  ;({ campus, console, admin, finance, finance2, card, support, auditOf } = office)
})
afterAll(() => office.close())

async function payOnce(amountFen = 1_250) {
  const { personId } = await campus.addPerson({ walletFen: 100_000 })
  const orderNo = v7()
  const code = await campus.issueCode(personId)
  const { paymentId } = paymentOf(await campus.pay({ orderNo, amountFen, code }))
  return { personId, orderNo, paymentId }
}

const walletOf = async (personId: string) => (await campus.payer(personId)).wallet_fen
describe('an account', () => {
  it('is set up once, by a code, with a password that is no easy one and a proven authenticator', async () => {
    const browser = console.openBrowser()
    const staffId = v7()
    const body = { staffId, name: 'zhao', displayName: '赵老师', roles: ['support'] }
    const { setUpCode: code } = await admin.done('addStaff', { body })
    const opened = await browser.done('openSetUp', { body: { code } })
    expect(opened).toMatchObject({ schoolName: '云谷大学', name: 'zhao' })
    expect(opened.otpauthUri).toMatch(/^otpauth:\/\/totp\//)
    expect(await browser.done('openSetUp', { body: { code } })).toEqual(opened)
    browser.secret = opened.secret
    const totp = browser.totp()
    for (const password of [
      'short-1!',
      'abcdefghijklmnop',
      'aaaaaaaabbbbbbbb',
      'my-zhao-password',
    ]) {
      const weak = { code, password, totp }
      expect(await browser.refused('finishSetUp', { body: weak })).toBe('STAFF_PASSWORD_WEAK')
    }
    const wrong = { code, password: STAFF_PASSWORD, totp: totp === '000000' ? '000001' : '000000' }
    expect(await browser.refused('finishSetUp', { body: wrong })).toBe('STAFF_TOTP_WRONG')
    const right = { code, password: STAFF_PASSWORD, totp }
    expect(await browser.done('finishSetUp', { body: right })).toMatchObject({ name: 'zhao' })
    expect(await browser.done('getSelf')).toMatchObject({
      roles: ['support'],
      displayName: '赵老师',
    })
    expect(await browser.refused('finishSetUp', { body: right })).toBe('STAFF_SET_UP_INVALID')
    expect(await browser.refused('openSetUp', { body: { code } })).toBe('STAFF_SET_UP_INVALID')
    expect(await admin.refused('addStaff', { body: { ...body, staffId: v7() } })).toBe(
      'STAFF_NAME_TAKEN',
    )
  })

  it('comes first by a command, which prints the way to set it up, and is recovered by one', async () => {
    const printed: string[] = []
    const env = { DATABASE_URL: campus.db.url, CONSOLE_ORIGIN: 'https://console.example' }
    const run = (...args: string[]) =>
      runStaff([...args, '--school', SCHOOL, '--name', 'first'], env, (line) => printed.push(line))
    await run('add', '--display-name', '首任管理员', '--roles', 'admin,support')
    expect(printed[0]).toMatch(/^https:\/\/console\.example\/#\/set-up\/1001\.[\w-]{43}$/)
    await expect(run('add', '--roles', 'admin')).rejects.toThrow('somebody called first')
    await expect(run('add', '--roles', 'king')).rejects.toThrow('--roles')
    await run('recover')
    const [first, second] = printed.map((line) => line.split('/').at(-1))
    const browser = console.openBrowser()
    const opened = { body: { code: first } }
    expect(await browser.refused('openSetUp', opened)).toBe('STAFF_SET_UP_INVALID')
    expect(await browser.done('openSetUp', { body: { code: second } })).toMatchObject({
      name: 'first',
    })
    expect((await auditOf('recoverStaff'))[0]).toMatchObject({
      staff_name: 'ecode',
      ref: 'staff/first',
    })
    const demo = ['demo', '--school', SCHOOL, '--out', 'nowhere.json']
    const production = { ...env, NODE_ENV: 'production' }
    await expect(runStaff(demo, production, () => {})).rejects.toThrow('not in production')
  })

  it('is recovered by another admin: old password, authenticator and sessions end', async () => {
    const lost = await console.hire('lost', ['admin'])
    const params = { staffId: lost.staffId }
    const body = { reason: '手机丢了，当面核对过' }
    expect(await lost.refused('recoverStaff', { params, body })).toBe('STAFF_NOT_ONESELF')
    const { setUpCode: code } = await admin.done('recoverStaff', { params, body })
    expect(await lost.refused('getSelf')).toBe('STAFF_SESSION_ENDED')
    expect((await lost.signIn('lost')).body.code).toBe('STAFF_SIGN_IN_WRONG')
    const before = lost.secret
    lost.secret = (await lost.done('openSetUp', { body: { code } })).secret
    expect(lost.secret).not.toBe(before)
    const again = { code, password: 'another-Lantern-43', totp: lost.totp(-1) }
    await lost.done('finishSetUp', { body: again })
    expect((await lost.signIn('lost', 'another-Lantern-43')).status).toBe(200)
  })

  it('is added once more only as it was, so that the log tells no other roles', async () => {
    const body = { staffId: v7(), name: 'twice', displayName: '两次', roles: ['finance'] }
    const codes = []
    for (let turn = 0; turn < 2; turn++) codes.push(await admin.done('addStaff', { body }))
    expect(codes[0].setUpCode).not.toBe(codes[1].setUpCode)
    const asSupport = { ...body, roles: ['support'] }
    expect(await admin.refused('addStaff', { body: asSupport })).toBe('STAFF_NAME_TAKEN')
  })

  it('is switched off with its sessions, and roles are nobody’s own to give', async () => {
    const leaver = await console.hire('leaver', ['support'])
    const params = { staffId: leaver.staffId }
    await admin.done('changeStaff', { params, body: { roles: ['support', 'card_office'] } })
    expect((await leaver.done('getSelf')).roles).toEqual(['support', 'card_office'])
    await admin.done('changeStaff', { params, body: { off: true } })
    expect(await leaver.refused('getSelf')).toBe('STAFF_SESSION_ENDED')
    expect((await leaver.signIn('leaver')).body.code).toBe('STAFF_SIGN_IN_WRONG')
    const self = { params: { staffId: admin.staffId }, body: { roles: ['admin', 'finance'] } }
    expect(await admin.refused('changeStaff', self)).toBe('STAFF_NOT_ONESELF')
  })
})

describe('one’s own account', () => {
  const seenBy = async (member: TestOffice['admin']) => {
    const { events } = await member.done('getOwnAccount')
    return events.map(({ operation, outcome, by, change }: Record<string, string | null>) =>
      [operation, outcome, by, change].filter(Boolean).join(' '),
    )
  }

  it('tells who signed in by it or tried to, what others did to it, and nothing of anybody else', async () => {
    const member = await console.hire('shen', ['support'])
    const params = { staffId: member.staffId }
    await member.signIn('shen', 'wrong-Lantern-99')
    await admin.done('changeStaff', { params, body: { roles: ['support', 'card_office'] } })
    await member.signIn('shen')
    // What one does to others is not done to oneself.
    expect(await member.refused('recoverStaff', { params, body: { reason: '试一试' } })).toBe(
      'STAFF_ROLE_MISSING',
    )
    await member.refused('addStaff', { body: {} })
    expect(await seenBy(member)).toEqual([
      ...['addStaff STAFF_ROLE_MISSING', 'recoverStaff STAFF_ROLE_MISSING'],
      ...['signIn done', 'changeStaff done admin 老师 support+card_office'],
      ...['signIn STAFF_SIGN_IN_WRONG', 'finishSetUp done'],
    ])
    const { setUpCode: code } = await admin.done('recoverStaff', {
      params,
      body: { reason: '手机丢了，当面核对过' },
    })
    member.secret = (await member.done('openSetUp', { body: { code } })).secret
    const again = { code, password: 'another-Lantern-43', totp: member.totp() }
    await member.done('finishSetUp', { body: again })
    expect((await seenBy(member)).slice(0, 2)).toEqual([
      ...['finishSetUp done', 'recoverStaff done admin 老师'],
    ])
    expect((await seenBy(admin)).join()).not.toContain('recoverStaff')
    const { events } = await member.done('getOwnAccount')
    expect(events[0]).toMatchObject({ address: '127.0.0.1' })
  })
})

describe('signing in', () => {
  it('takes password and code together, each code once, and sets a cookie that only this host gets', async () => {
    const member = await console.hire('chu', ['support'])
    const browser = Object.assign(console.openBrowser(), { secret: member.secret })
    const totp = browser.totp()
    const body = { schoolId: SCHOOL, name: 'CHU ', password: STAFF_PASSWORD, totp }
    const signedIn = await browser.call('signIn', { body })
    expect(signedIn.status).toBe(200)
    expect(signedIn.setCookie).toMatch(
      /^__Host-ecode-staff=1001\.[\w-]{43}; Max-Age=28800; Path=\/; Secure; HttpOnly; SameSite=Strict$/,
    )
    expect(signedIn.text).not.toContain(browser.cookie)
    // Seen over a shoulder, or by whoever read the wire.
    expect(await console.openBrowser().refused('signIn', { body })).toBe('STAFF_SIGN_IN_WRONG')
    const wrong = { ...body, password: 'quiet-Lantern-43', totp: browser.totp(1) }
    expect(await browser.refused('signIn', { body: wrong })).toBe('STAFF_SIGN_IN_WRONG')
    expect(
      (await browser.done('signIn', { body: { ...wrong, password: STAFF_PASSWORD } })).name,
    ).toBe('chu')
  })

  it.each(['zheng', 'nobody'])(
    'rests for a quarter of an hour after five wrong entries: %s',
    async (name) => {
      if (name !== 'nobody') await console.hire(name, ['support'])
      const browser = console.openBrowser()
      const body = { schoolId: SCHOOL, name, password: 'wrong-Lantern-99', totp: '123456' }
      // All at once, so that nobody gains by being quick.
      const codes = await Promise.all(
        Array.from({ length: 8 }, () => browser.refused('signIn', { body })),
      )
      expect(codes.filter((code) => code === 'STAFF_SIGN_IN_WRONG')).toHaveLength(5)
      const locked = await browser.call('signIn', { body })
      expect(locked.body).toMatchObject({ code: 'STAFF_SIGN_IN_LOCKED' })
      expect(locked.body.retryAfterSeconds).toBeGreaterThan(800)
      await campus.db.pool.query(
        "update staff_tries set locked_until = now() - interval '1 second'",
      )
      expect(await browser.refused('signIn', { body })).toBe('STAFF_SIGN_IN_WRONG')
    },
  )

  it('ends when idle for a quarter of an hour, after eight hours, at sign-out and everywhere', async () => {
    const member = await console.hire('feng', ['support'])
    const age = (column: string, interval: string) =>
      campus.db.pool.query(
        `update staff_sessions set ${column} = now() - $1::interval where staff_id = $2`,
        [interval, member.staffId],
      )
    await age('seen_at', '14 minutes')
    await member.done('getSelf')
    await age('seen_at', '15 minutes')
    expect(await member.refused('getSelf')).toBe('STAFF_SESSION_ENDED')
    await member.signIn('feng')
    await age('began_at', '8 hours')
    expect(await member.refused('getSelf')).toBe('STAFF_SESSION_ENDED')
    await member.signIn('feng')
    const other = Object.assign(console.openBrowser(), { secret: member.secret })
    expect((await other.signIn('feng')).status).toBe(200)
    expect((await member.signIn('feng')).status).toBe(200)
    const stolen = member.cookie
    await member.done('signOut', { body: { everywhere: true } })
    expect(member.cookie).toBeUndefined()
    member.cookie = stolen
    expect(await member.refused('getSelf')).toBe('STAFF_SESSION_ENDED')
    expect(await other.refused('getSelf')).toBe('STAFF_SESSION_ENDED')
  })

  it('ends a session whose cookie shows up in a browser of another name', async () => {
    const member = await console.hire('chen', ['support'])
    const thief = Object.assign(console.openBrowser('curl/8'), { cookie: member.cookie })
    expect(await thief.refused('findPayments', { body: { orderNo: 'a' } })).toBe(
      'STAFF_SESSION_ENDED',
    )
    expect(await member.refused('getSelf')).toBe('STAFF_SESSION_ENDED')
  })
})

describe('whoever calls', () => {
  it.each([
    ['from another origin', { origin: 'https://evil.example' }],
    ['from a sister host of the school', { 'sec-fetch-site': 'same-site' }],
    ['without saying from where', { origin: undefined, 'sec-fetch-site': undefined }],
    ['by a form', { 'ecode-console': undefined }],
  ])('%s is refused, whatever cookie comes along', async (_, headers) => {
    const { paymentId, personId } = await payOnce()
    const params = { paymentId }
    const body = { refundId: v7(), amountFen: 100, reason: '试一试能不能' }
    expect(await finance.refused('refundPayment', { params, body, headers })).toBe(
      'ORIGIN_NOT_ALLOWED',
    )
    expect(await walletOf(personId)).toBe(98_750)
  })

  it('by another name of the host is refused: a page elsewhere may have had it resolved to us', async () => {
    const headers = { host: 'evil.example', origin: 'http://evil.example' }
    expect(await finance.refused('getSelf', { headers })).toBe('TARGET_INVALID')
    const right = { origin: 'http://evil.example' }
    expect(await finance.refused('getSelf', { headers: right })).toBe('ORIGIN_NOT_ALLOWED')
  })

  it('too many at once at the door are told to wait, whoever they are', async () => {
    const body = { schoolId: SCHOOL, name: 'crowd', password: 'wrong-Lantern-99', totp: '123456' }
    const browser = console.openBrowser()
    const tries = await Promise.all(
      Array.from({ length: 40 }, () => browser.call('signIn', { body })),
    )
    const turnedAway = tries.filter(({ status }) => status === 503)
    expect(turnedAway.length).toBeGreaterThan(0)
    expect(turnedAway[0]?.headers['retry-after']).toBe('2')
  })

  it('too often from one address is told to wait, and nobody else is', async () => {
    const config = { port: 0, origin: console.origin, proxyCount: 0, directory: '', workDir: '' }
    const app = createConsoleApp(campus.services, config, [])
    const askFrom = async (remoteAddress: string) => {
      const incoming = { headers: {}, socket: { remoteAddress } }
      return (await app.request('/', {}, { incoming })).status
    }
    for (let turn = 0; turn < 600; turn++) expect(await askFrom('10.0.0.1')).toBe(404)
    expect(await askFrom('10.0.0.1')).toBe(429)
    expect(await askFrom('10.0.0.2')).toBe(404)
  })

  it('is served a page that runs nothing but its own script and stands in no frame', async () => {
    const { headers } = await console.openBrowser().send('GET', '/')
    const policy = String(headers['content-security-policy'])
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toContain('unsafe')
  })

  it('needs the role that the table names, for every operation; each refusal is logged', async () => {
    const byRole = { admin, finance, support, card_office: card }
    const id = v7()
    const params = { paymentId: id, personId: id, staffId: id, taskId: id, merchantId: id }
    let refusedCount = 0
    for (const [name, route] of Object.entries<StaffRoute>(staffRoutes)) {
      if (route.allow === 'anybody' || name === 'signOut') continue
      for (const [role, member] of Object.entries(byRole)) {
        const all = { ...params, terminalId: id, gateId: id, deviceId: id }
        const target = route.path.replaceAll(
          /:(\w+)/g,
          (_, part: keyof typeof all) => all[part] ?? '2026-01-01',
        )
        const body = route.body ? {} : undefined
        const { status, text } = await member.send(route.method, target, { body })
        const isRefused = status === 403 && JSON.parse(text).code === 'STAFF_ROLE_MISSING'
        expect(isRefused, `${name} by ${role}`).toBe(!isAllowed(route, [role as never]))
        if (!isRefused) continue
        refusedCount++
        expect((await auditOf(name))[0]).toMatchObject({
          ...{ staff_name: member.name, outcome: 'STAFF_ROLE_MISSING', address: '127.0.0.1' },
        })
      }
      const stranger = console.openBrowser()
      const { text } = await stranger.send(route.method, route.path.replaceAll(/:\w+/g, id), {
        body: route.body ? {} : undefined,
      })
      expect(JSON.parse(text).code, name).toBe('STAFF_SESSION_ENDED')
    }
    expect(refusedCount).toBeGreaterThan(10)
  })
})

describe('a payment', () => {
  it('is found by its numbers, by amount and time, and told as a story', async () => {
    const { personId, orderNo, paymentId } = await payOnce(1_777)
    const at = new Date().toISOString()
    for (const body of [
      { orderNo },
      { paymentId },
      { requestId: paymentId },
      { amountFen: 1_777, at },
      { personId },
    ]) {
      const { payments } = await support.done('findPayments', { body })
      expect(payments.map((each: { paymentId: string }) => each.paymentId)).toEqual([paymentId])
      expect(payments[0].payer.maskedName).toBe('林*夏')
    }
    const later = new Date(Date.now() + 20 * 60_000).toISOString()
    const none = await support.done('findPayments', { body: { amountFen: 1_777, at: later } })
    expect(none.payments).toEqual([])
    const longAgo = { amountFen: 1_777, at: '0000-01-01T00:00:00Z' }
    expect(await support.refused('findPayments', { body: longAgo })).toBe('BAD_REQUEST')
    const payment = await support.done('getPayment', { params: { paymentId } })
    expect(payment).toMatchObject({ status: 'PAID', channel: 'wallet', refundableFen: 1_777 })
    expect(payment.story.map(({ kind }: { kind: string }) => kind)).toEqual(['asked', 'paid'])
    expect((await auditOf('getPayment'))[0]).toMatchObject({
      ...{ staff_name: 'li', person_id: personId, ref: `payment/${paymentId}`, outcome: 'done' },
    })
  })

  it('is refunded by finance, once per refund id, by the terminals’ own operation', async () => {
    const { personId, paymentId, orderNo } = await payOnce()
    const params = { paymentId }
    const body = { refundId: v7(), amountFen: 250, reason: '窗口多收了' }
    const answers = await Promise.all(
      [1, 2, 3].map(() => finance.call('refundPayment', { params, body })),
    )
    for (const { status, body: said } of answers) {
      expect([status, said]).toEqual([200, { status: 'REFUNDED' }])
    }
    expect(await walletOf(personId)).toBe(99_000)
    expect((await campus.queryRefund(orderNo, `office-${body.refundId}`)) as object).toMatchObject({
      body: { status: 'REFUNDED', amountFen: 250 },
    })
    const changed = { params, body: { ...body, amountFen: 251 } }
    expect(await finance.refused('refundPayment', changed)).toBe('REFUND_NO_REUSED')
    const tooMuch = { params, body: { ...body, refundId: v7(), amountFen: 1_001 } }
    expect(await finance.refused('refundPayment', tooMuch)).toBe('REFUND_EXCEEDS_PAYMENT')
    const { story, refundedFen } = await finance.done('getPayment', { params })
    expect(story[2]).toMatchObject({ by: 'qian 老师', reason: '窗口多收了' })
    expect(refundedFen).toBe(250)
    expect(story.map(({ kind }: { kind: string }) => kind)).toEqual([
      ...['asked', 'paid', 'refund_asked', 'refunded'],
    ])
    const rows = (await auditOf('refundPayment')).filter(({ person_id }) => person_id === personId)
    expect(
      rows.filter(({ outcome, amount_fen: fen }) => outcome === 'done' && fen === 250).length,
    ).toBeGreaterThan(0)
    expect(rows.map(({ outcome }) => outcome)).toContain('REFUND_EXCEEDS_PAYMENT')
  })

  it('above the ceiling waits for a second person, who is not the first', async () => {
    await campus.db.pool.query('update schools set refund_alone_fen = 1000')
    const { personId, paymentId } = await payOnce(3_000)
    const params = { paymentId }
    const small = { refundId: v7(), amountFen: 900, reason: '窗口多收了' }
    expect(await finance.done('refundPayment', { params, body: small })).toEqual({
      status: 'REFUNDED',
    })
    // In pieces it is the same refund.
    const body = { refundId: v7(), amountFen: 500, reason: '窗口多收了' }
    for (let turn = 0; turn < 2; turn++) {
      const { status, body: said } = await finance.call('refundPayment', { params, body })
      expect([status, said]).toEqual([202, { status: 'WAITS_FOR_SECOND' }])
    }
    expect(await walletOf(personId)).toBe(97_900)
    const task = { params: { taskId: body.refundId }, body: { decision: 'approve' } }
    expect(await finance.refused('decideTask', task)).toBe('STAFF_NOT_ONESELF')
    const { tasks } = await finance2.done('getTasks')
    expect(tasks[0]).toMatchObject({ taskId: body.refundId, state: 'waiting', amountFen: 500 })
    // What waits is spoken for.
    const rest = { refundId: v7(), amountFen: 1_800, reason: '窗口多收了' }
    expect(await finance.refused('refundPayment', { params, body: rest })).toBe(
      'REFUND_EXCEEDS_PAYMENT',
    )
    const decided = await Promise.all([1, 2].map(() => finance2.call('decideTask', task)))
    expect(decided.map(({ body: said }) => said.code ?? 'done').toSorted()).toEqual([
      ...['STAFF_TASK_DECIDED', 'done'],
    ])
    expect(await walletOf(personId)).toBe(98_400)
    const other = { refundId: v7(), amountFen: 600, reason: '学生又来了' }
    await finance.done('refundPayment', { params, body: other })
    const no = { params: { taskId: other.refundId }, body: { decision: 'decline' } }
    await finance.done('decideTask', no)
    expect(await walletOf(personId)).toBe(98_400)
    expect(await finance.refused('refundPayment', { params, body: other })).toBe('REFUND_NO_REUSED')
    await campus.db.pool.query('update schools set refund_alone_fen = default')
  })
})

describe('the audit log', () => {
  it('is read by admins, page by page, and can be neither changed nor emptied before its time', async () => {
    const { entries, next } = await admin.done('getAudit')
    expect(entries.length).toBeGreaterThan(10)
    if (next) {
      const older = await admin.done('getAudit', { query: { before: next } })
      expect(older.entries[0].auditId < next).toBe(true)
    }
    const mine = await admin.done('getAudit', { query: { staffId: support.staffId } })
    expect(new Set(mine.entries.map(({ staffName }: { staffName: string }) => staffName))).toEqual(
      new Set(['li']),
    )
    const { pool } = campus.db
    for (const sql of [
      "update staff_audit set outcome = 'done'",
      'delete from staff_audit',
      'truncate staff_audit',
    ]) {
      await expect(pool.query(sql)).rejects.toThrow('only ever added to')
    }
  })

  it('holds sign-ins, those that failed, and no password, code or cookie', async () => {
    expect((await auditOf('signIn')).map(({ outcome }) => outcome)).toEqual(
      expect.arrayContaining(['done', 'STAFF_SIGN_IN_WRONG', 'STAFF_SIGN_IN_LOCKED']),
    )
    const { rows } = await campus.db.pool.query('select * from staff_audit')
    const text = JSON.stringify(rows)
    for (const secret of [STAFF_PASSWORD, admin.secret, finance.cookie ?? '-']) {
      expect(text).not.toContain(secret)
    }
    const everything = await campus.db.pool.query(
      'select staff::text, staff_sessions::text from staff left join staff_sessions using (school_id, staff_id)',
    )
    for (const secret of [STAFF_PASSWORD, admin.secret, (finance.cookie ?? '-').slice(5)]) {
      expect(JSON.stringify(everything.rows)).not.toContain(secret)
    }
  })

  it('is swept after six months', async () => {
    const { pool } = campus.db
    const { rowCount } = await pool.query(
      `insert into staff_audit (school_id, audit_id, at, operation, outcome, address, request_id)
       values ($1, $2, now() - interval '6 months 1 minute', 'old', 'done', '', '')`,
      [SCHOOL, v7()],
    )
    expect(rowCount).toBe(1)
    const { sweepOnce } = await import('../sweep/sweeper.ts')
    await sweepOnce(pool)
    expect(await auditOf('old')).toEqual([])
    expect((await auditOf('signIn')).length).toBeGreaterThan(0)
  })
})
