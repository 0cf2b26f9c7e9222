import type { IncomingHttpHeaders } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { consentPurposeSchema, consentTexts } from '@campus-ecode/protocol/consents'
import { bffRoutes, corePersonRoutes, terminalRoutes } from '@campus-ecode/protocol/core-api'
import type { ErrorCode } from '@campus-ecode/protocol/errors'
import { gateRoutes } from '@campus-ecode/protocol/gate-api'
import { incomingRoutes } from '@campus-ecode/protocol/incoming'
import type { PayRequest } from '@campus-ecode/protocol/payments'
import type { Route } from '@campus-ecode/protocol/route'
import { idSchema, orderNoSchema, schoolIdSchema } from '@campus-ecode/protocol/shapes'
import {
  coreSignInRoutes,
  gridServiceSchema,
  serviceTicketRoutes,
} from '@campus-ecode/protocol/sign-ins'
import type { FakeAccess } from './fake-access.ts'
import { type FakeCampus, type FakePerson, type FakeRefusal, maskName } from './fake-campus.ts'
import { FakeTickets } from './fake-tickets.ts'

export type FakeReply = { status: number; body: unknown } | FakeRefusal

export interface FoundRoute {
  name: string
  route?: Route
  params: Record<string, string>
  query: Record<string, string>
  /** Why there is no route. */
  wrong: ErrorCode
}

const routes: Record<string, Route> = {
  ...bffRoutes,
  ...corePersonRoutes,
  ...terminalRoutes,
  ...incomingRoutes,
  ...gateRoutes,
  ...coreSignInRoutes,
  ...serviceTicketRoutes,
}
const paramSchemas: Record<string, { safeParse(value: unknown): { success: boolean } }> = {
  schoolId: schoolIdSchema,
  orderNo: orderNoSchema,
  refundNo: orderNoSchema,
  serviceId: gridServiceSchema.shape.serviceId,
}

export function findRoute(method: string, target: string): FoundRoute {
  const { pathname, searchParams } = new URL(target, 'http://core')
  const query = Object.fromEntries(searchParams)
  let wrong: ErrorCode = 'NOT_FOUND'
  for (const [name, route] of Object.entries(routes)) {
    const pattern = new RegExp(`^${route.path.replaceAll(/:(\w+)/g, '(?<$1>[^/]+)')}$`)
    const match = pattern.exec(pathname)
    if (!match) continue
    if (route.method === method) return { name, route, params: { ...match.groups }, query, wrong }
    wrong = 'METHOD_NOT_ALLOWED'
  }
  return { name: wrong, params: {}, query, wrong }
}

/** Answers each route of the core API from the books. */
export function createFakeAnswers(campus: FakeCampus, access: FakeAccess) {
  const proofs = new Set<string>()
  const tickets = new FakeTickets(campus)

  async function answer(
    { name, route, params, query, wrong }: FoundRoute,
    caller: { kind: 'bff' | 'terminal' | 'gate'; id: string },
    headers: IncomingHttpHeaders,
    bytes: Buffer,
  ): Promise<FakeReply> {
    if (!route) return { refused: wrong }
    const forTerminals = Object.hasOwn({ ...terminalRoutes, ...incomingRoutes }, name)
    const forGates = Object.hasOwn(gateRoutes, name)
    const wanted = forTerminals ? 'terminal' : forGates ? 'gate' : 'bff'
    if (caller.kind !== wanted && !campus.has('lets every key do everything')) {
      return { refused: 'KEY_NOT_ALLOWED' }
    }
    for (const [param, value] of Object.entries(params)) {
      if (!(paramSchemas[param] ?? idSchema).safeParse(value).success) {
        return { refused: 'BAD_REQUEST', fields: [param] }
      }
    }
    if (route.query && !route.query.safeParse(query).success) return { refused: 'BAD_REQUEST' }
    const body = route.body ? readBody(route.body, headers, bytes) : undefined
    if (isRefusal(body)) return body
    if (name === 'getIncoming') return campus.tellIncoming(caller.id, query.after)
    if (forTerminals) return answerTerminal(name, params, body, caller.id)
    if (forGates) return access.answerGate(name, caller.id, query, body)
    const proof = headers['ecode-proof-jti']
    if (typeof proof === 'string') {
      if (proofs.has(proof)) return { refused: 'PROOF_REPLAYED' }
      proofs.add(proof)
    }
    if (name === 'resolveSubject') return resolveSubject(params, body)
    if (name === 'getEventFeed') return readFeed(query)
    if (name === 'redeemTicket') return tickets.redeem(body as Parameters<typeof tickets.redeem>[0])
    if (name === 'validateServiceTicket') {
      return tickets.validate(body as Parameters<typeof tickets.validate>[0])
    }
    const person = params.schoolId === campus.school.id && campus.findPerson(params.personId ?? '')
    return person ? answerPerson(name, person, params, query, body) : { refused: 'NOT_FOUND' }
  }

  function readBody(
    schema: NonNullable<Route['body']>,
    headers: IncomingHttpHeaders,
    bytes: Buffer,
  ) {
    if (!/^application\/json/.test(headers['content-type'] ?? '')) {
      return { refused: 'MEDIA_TYPE_UNSUPPORTED' as const }
    }
    const content = parseJson(bytes)
    const parsed = schema.safeParse(content)
    if (parsed.success) return parsed.data
    const fields = parsed.error.issues.map(({ path }) => path.join('.'))
    if (content === undefined || fields.some((field) => field !== 'amountFen')) {
      return { refused: 'BAD_REQUEST' as const, fields }
    }
    const { amountFen } = content as { amountFen?: unknown }
    if (typeof amountFen === 'number' && campus.has('takes fractions')) return content
    return { refused: 'AMOUNT_INVALID' as const }
  }

  function answerTerminal(
    name: string,
    { orderNo = '', refundNo = '' }: Record<string, string>,
    body: unknown,
    terminalId: string,
  ): FakeReply {
    const given = body as PayRequest & { refundNo: string }
    switch (name) {
      case 'pay':
        return campus.pay(terminalId, given)
      case 'getPayment':
        return campus.query(terminalId, orderNo)
      case 'reverse':
        return campus.reverse(terminalId, orderNo)
      case 'refund':
        return campus.refund(terminalId, orderNo, given.refundNo, given.amountFen)
      case 'getRefund':
        return campus.getRefund(terminalId, orderNo, refundNo)
      default:
        return {
          status: 200,
          body: {
            terminalId: terminalId || campus.terminals[0]?.id,
            name: '3 号窗口',
            merchant: campus.merchant,
            school: { id: campus.school.id, name: '云谷大学' },
            serverTime: new Date(campus.now()).toISOString(),
          },
        }
    }
  }

  function resolveSubject(params: Record<string, string>, body: unknown): FakeReply {
    const { secret, cardNo } = body as { secret: string; cardNo: string }
    const { id: schoolId } = campus.school
    const right = params.schoolId === schoolId && secret === campus.school.secret
    if (!right && !campus.has('does not check the school secret')) {
      return { refused: 'SCHOOL_CREDENTIALS_INVALID' }
    }
    const person = campus.people.find((candidate) => candidate.cardNo === cardNo)
    if (!person) return { refused: 'SUBJECT_UNKNOWN' }
    return { status: 200, body: { schoolId, personId: person.id, origins: [] } }
  }

  async function readFeed({ after, waitSeconds = '0' }: Record<string, string>) {
    const deadline = Date.now() + Number(waitSeconds) * 1000
    const read = () => campus.events.slice(after === undefined ? undefined : Number(after))
    while (after !== undefined && read().length === 0 && Date.now() < deadline) await sleep(20)
    const events = after === undefined ? [] : read()
    return {
      status: 200,
      body: {
        events: events.map(({ event, ...whose }) => ({ ...event, ...whose })),
        cursor: String(campus.events.length),
      },
    }
  }

  function answerPerson(
    name: string,
    person: FakePerson,
    params: Record<string, string>,
    query: Record<string, string>,
    body: unknown,
  ): FakeReply {
    const { account, revealed } = (body ?? {}) as { account?: 'wallet'; revealed?: boolean }
    if (account !== undefined && account !== 'wallet') return { refused: 'ACCOUNT_NOT_OPEN' }
    const bill = campus.billOf(person.id)
    const answered =
      access.answerPerson(name, person, params, body) ?? tickets.answerPerson(name, person, body)
    if (answered) return answered
    switch (name) {
      case 'getCard':
      case 'claimCard':
        return { status: 200, body: describeCard(person) }
      case 'getCardNumber':
        return { status: 200, body: { cardNo: person.cardNo } }
      case 'getAccounts':
      case 'chooseDefaultAccount':
        return { status: 200, body: campus.accountsOf(person) }
      case 'getWallet':
        return { status: 200, body: describeWallet(person) }
      case 'getConsents':
        return { status: 200, body: { consents: describeConsents(person) } }
      case 'issueCode':
        return { status: 201, body: campus.issueCode(person, 'wallet', revealed ?? false) }
      case 'startEnrolment':
        return { refused: 'DEVICE_KEY_INVALID' }
      case 'getBill': {
        const sum = (direction: 'in' | 'out') =>
          bill
            .filter((entry) => entry.direction === direction && entry.status !== 'REFUSED')
            .reduce((fen, entry) => fen + entry.amountFen, 0)
        const { month } = query
        const sums = { outFen: sum('out'), inFen: sum('in') }
        return { status: 200, body: { month, ...sums, entries: bill, next: null } }
      }
      case 'getBillEntry': {
        const entry = bill.find(({ entryId }) => entryId === params.entryId)
        return entry ? { status: 200, body: entry } : { refused: 'ORDER_NOT_FOUND' }
      }
      case 'getEvents': {
        const after = query.after === undefined ? campus.events.length : Number(query.after)
        const events = campus.events
          .slice(after)
          .filter(({ personId }) => personId === person.id)
          .map(({ event }) => event)
        return { status: 200, body: { events, cursor: String(campus.events.length) } }
      }
      default:
        return { refused: 'NOT_FOUND' }
    }
  }

  function describeWallet({ balanceFen, hasAgreement, hasPassword }: FakePerson) {
    return {
      status: 'open',
      balanceFen,
      cards: [],
      unbindsLeft: 3,
      reopensLeft: 3,
      pending: [],
      limits: { singleFen: 20_000, dailyFen: 1_000_000, spentTodayFen: 0, ceilingFen: 1_000_000 },
      agreement: {
        signedAt: hasAgreement ? new Date(campus.now()).toISOString() : null,
        urged: false,
      },
      password: hasPassword ? 'set' : 'not_set',
      needsFace: false,
      bindingId: null,
    }
  }

  function describeConsents({ hasFaceConsent }: FakePerson) {
    return consentPurposeSchema.options.map((purpose) => {
      const { version, what } = consentTexts[purpose]
      const isGiven = purpose === 'face' && hasFaceConsent
      const at = new Date(campus.now()).toISOString()
      return { purpose, version, what, given: isGiven ? { version, at } : null, withdrawnAt: null }
    })
  }

  function describeCard(person: FakePerson) {
    return {
      status: campus.has('answers outside the documented form') ? 'fine' : 'active',
      maskedName: maskName(person.name),
      maskedCardNo: campus.has('shows the card number')
        ? person.cardNo
        : `${person.cardNo.slice(0, 3)}••••`,
      class: person.class,
      school: {
        id: campus.school.id,
        name: '云谷大学',
        nameEn: 'Yungu University',
        accent: '#1d4ed8',
        supportContact: '校园卡服务中心',
      },
      campus: null,
    }
  }

  return { answer }
}

function isRefusal(value: unknown): value is FakeRefusal {
  return typeof value === 'object' && value !== null && 'refused' in value
}

export function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}
