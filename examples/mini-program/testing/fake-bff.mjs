import { createServer } from 'node:http'

const SOON = '2030-01-01T00:00:00.000Z'

export const accounts = {
  accounts: [
    { account: 'wallet', status: 'open', balanceFen: 12840, asOf: SOON },
    { account: 'one_card', status: 'open', balanceFen: 5620, asOf: SOON },
  ],
  defaultAccount: 'wallet',
  fallbackCard: { bankName: '建设银行', tail: '1234' },
  limits: { singleFen: 20000, dailyFen: 100000, spentTodayFen: 0 },
}
const card = { status: 'active', maskedName: '林*夏', class: 'student' }

/** A BFF that answers the calls of a mini-program by what a test has told it. */
export async function openFakeBff() {
  const bff = {
    url: '',
    /** What `POST /v1/sign-ins/mini-program` answers. */
    signIn: () => ({
      ...{ result: 'signed_in', token: bff.token, expiresAt: SOON, subject: 'somebody' },
      ...(bff.scopes && { scopes: bff.scopes }),
    }),
    /** What the core grants this channel; undefined: a BFF that says nothing of it. */
    scopes: ['card', 'pay', 'bill', 'wallet', 'access', 'collection'],
    token: 'token-1',
    accounts,
    card,
    /** Codes asked for, newest last. */
    codes: [],
    events: [],
    entries: {},
    tickets: [],
    /** While set, answered to everything: a status and a problem, or nothing at all. */
    trouble: undefined,
    pay(entry, code = bff.codes.at(-1)) {
      const data = {
        type: 'payment',
        ...{ entry: { ...lunch, ...entry }, codeId: code.codeId, deviceId: null },
      }
      bff.entries[data.entry.entryId] = data.entry
      bff.events.push({ cursor: `${bff.events.length + 1}`, at: SOON, data })
    },
    close: () => new Promise((done) => server.close(done)),
  }

  const server = createServer(async (request, answer) => {
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    const text = Buffer.concat(chunks).toString()
    const { status, value } = respond(request, text ? JSON.parse(text) : undefined)
    answer.writeHead(status, { 'content-type': 'application/json' })
    answer.end(JSON.stringify(value))
  })

  function respond({ method, url, headers }, body) {
    if (bff.trouble) return bff.trouble
    const path = `${method} ${url}`
    if (path === 'POST /v1/sign-ins/mini-program') {
      const value = bff.signIn(body)
      return value.code ? { status: 403, value } : { status: 200, value }
    }
    if (headers.authorization !== `Bearer ${bff.token}`) {
      return { status: 401, value: problem('SESSION_EXPIRED') }
    }
    if (path === 'GET /v1/me/card') return { status: 200, value: bff.card }
    if (path === 'GET /v1/me/accounts') return { status: 200, value: bff.accounts }
    if (path === 'POST /v1/me/codes') {
      const number = bff.codes.length + 1
      const code = `7110010${String(number).padStart(17, '0')}`
      bff.codes.push({ ...body, codeId: `code-${number}`, code })
      return { status: 201, value: { ...bff.codes.at(-1), issuedAt: SOON, expiresAt: SOON } }
    }
    if (path.startsWith('GET /v1/me/events')) {
      const after = new URLSearchParams(url.split('?')[1]).get('after')
      const events = after === null ? [] : bff.events.slice(Number(after))
      return { status: 200, value: { events, cursor: `${bff.events.length}` } }
    }
    const [, entryId] = /^GET \/v1\/me\/bill\/(.+)$/.exec(path) ?? []
    if (entryId) return { status: 200, value: bff.entries[entryId] }
    if (path === 'POST /v1/me/tickets') {
      bff.tickets.push(body.target)
      return { status: 201, value: { url: `${body.target}#t=a-ticket`, expiresAt: SOON } }
    }
    return { status: 404, value: problem('NOT_FOUND') }
  }

  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  bff.url = `http://127.0.0.1:${server.address().port}`
  return bff
}

export function problem(code, more = {}) {
  const message = { 'zh-CN': `中文 ${code}`, en: `English ${code}` }
  return { code, retryable: false, message, requestId: 'request-1', ...more }
}

const lunch = {
  ...{ entryId: 'entry-1', paymentId: 'payment-1', kind: 'payment', direction: 'out' },
  ...{ status: 'PAID', at: SOON, merchantName: '第一食堂', terminalName: '一号窗口' },
  ...{ means: 'code', channel: 'wallet', cardTail: null, listFen: 1500, amountFen: 1350 },
  rule: { name: { 'zh-CN': '学生价', en: 'Student price' }, changeFen: -150 },
  ...{ orderNo: 'lunch-0417', refusal: null },
}
