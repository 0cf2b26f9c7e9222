import type { Accounts } from '@campus-ecode/protocol/accounts'
import type { BillEntry } from '@campus-ecode/protocol/bill'
import type { Card } from '@campus-ecode/protocol/card'
import type { EnrolledDevice, Grant, OfflineCaps } from '@campus-ecode/protocol/devices'
import { type ErrorCode, errorTable } from '@campus-ecode/protocol/errors'
import type { PersonEvent } from '@campus-ecode/protocol/events'
import { deriveOneTimeKey, drawOneTimePart, oneTimeInfo } from '@campus-ecode/protocol/one-time'
import { parsePaymentCode } from '@campus-ecode/protocol/payment-code'
import { toProblem } from '@campus-ecode/protocol/problem'
import { fromBase64Url, toBase64Url } from '../base64url.ts'
import { createFakeAccess } from './fake-access.ts'
import { createFakeWallet } from './fake-wallet.ts'
import { createFakeWays } from './fake-ways.ts'

export const BASE_URL = 'https://bff.test'

export interface SeenRequest {
  route: string
  body: unknown
  query: URLSearchParams
  headers: Headers
  token: string
}

type Handler = (request: SeenRequest) => Response | Promise<Response> | object | undefined

/** A BFF and its core in a few lines, with a clock, a network and faults of their own. */
export function createFakeBff() {
  const requests: SeenRequest[] = []
  const events: PersonEvent[] = []
  const streams = new Set<ReadableStreamDefaultController<Uint8Array>>()
  const overrides = new Map<string, Handler>()
  const usedProofs = new Set<string>()
  const liveTokens = new Map<string, string>()
  let agreement: { device: string; core: CryptoKey } | undefined
  let serial = 0

  const bff = {
    /** How far the server's clock is ahead of the phone's. */
    aheadMs: 0,
    online: true,
    streams: true,
    sessionSeconds: 600,
    sessionsOpened: 0,
    issued: [] as string[],
    issuedIds: [] as string[],
    requests,
    card: makeCard(),
    wallet: createFakeWallet(),
    access: createFakeAccess(),
    ways: createFakeWays(),
    accounts: makeAccounts(),
    caps: { singleFen: 10_000, dailyFen: 30_000, dailyCount: 5 } satisfies OfflineCaps,
    device: undefined as EnrolledDevice | undefined,
    /** Given at the next contact. */
    nextGrant: null as Grant | null,
    smsCode: '123456',
    enrolsByPassword: false,
    now: () => Date.now() + bff.aheadMs,
    /** The host's function: a session for this page key. */
    async session(thumbprint: string) {
      if (!bff.online) throw new TypeError('Failed to fetch')
      bff.sessionsOpened++
      const token = `session-${bff.sessionsOpened}`
      liveTokens.set(token, thumbprint)
      const expiresAt = new Date(bff.now() + bff.sessionSeconds * 1000).toISOString()
      return { token, expiresAt }
    },
    endSessions: () => liveTokens.clear(),
    /** Answers a route differently; undefined again answers as before. */
    on(route: string, handler: Handler | undefined) {
      if (handler) overrides.set(route, handler)
      else overrides.delete(route)
    },
    count: (route: string) => requests.filter((request) => request.route === route).length,
    refuse,
    push(data: PersonEvent['data'], noticed = false) {
      const at = new Date(bff.now()).toISOString()
      const notice = noticed && { notice: true as const }
      const event = { cursor: `c${++serial}`, at, data, ...notice }
      events.push(event)
      for (const stream of streams) stream.enqueue(encodeEvent(event))
      return event
    },
    /** A terminal has scanned a code of this device, or this issued code. */
    pushPayment(by: { deviceId?: string; codeId?: string }, changes: Partial<BillEntry> = {}) {
      const { deviceId = null, codeId = null } = by
      const entry = makeEntry(new Date(bff.now()).toISOString(), `e${serial + 1}`, changes)
      bff.push({ type: 'payment', entry, deviceId, codeId, account: 'wallet' })
      return entry
    },
    writeToStreams: (text: string) => {
      for (const stream of streams) stream.enqueue(new TextEncoder().encode(text))
    },
    openStreams: () => streams.size,
    endStreams() {
      for (const stream of streams) stream.close()
      streams.clear()
    },
    makeGrant(): Grant {
      const firstEpoch = Math.floor(bff.now() / 14_400_000)
      return {
        grantId: `grant-${++serial}`,
        salt: toBase64Url(crypto.getRandomValues(new Uint8Array(16))),
        firstEpoch,
        aliases: Array.from({ length: 84 }, (_, i) => String(1_000_000 + serial * 100 + i)),
        expiresAt: new Date(bff.now() + 14 * 86_400_000).toISOString(),
      }
    },
    /** Which step of which grant made this code, as the core would find out. */
    async explain(digits: string, grant: Grant): Promise<number | undefined> {
      const code = parsePaymentCode(digits)
      if (code?.madeBy !== 'device' || !agreement) return undefined
      const { core, device } = agreement
      const info = oneTimeInfo(code.school, code.mode)
      const key = await deriveOneTimeKey(
        core,
        fromBase64Url(device),
        fromBase64Url(grant.salt),
        info,
      )
      const present = Math.floor(bff.now() / 10_000)
      for (let step = present - 6; step <= present + 1; step++) {
        const alias = grant.aliases[Math.floor((step * 10) / 14_400) - grant.firstEpoch]
        if (code.alias === alias && code.oneTimePart === (await drawOneTimePart(key, step)))
          return step
      }
      return undefined
    },
    async fetch(input: string, init: RequestInit = {}): Promise<Response> {
      if (!bff.online) throw new TypeError('Failed to fetch')
      const url = new URL(input)
      const headers = new Headers(init.headers)
      const body = typeof init.body === 'string' ? JSON.parse(init.body) : undefined
      const path = url.pathname.replace('/v1/me', '')
      const token = headers.get('authorization')?.replace('DPoP ', '') ?? ''
      const request = {
        route: `${init.method} ${path}`,
        body,
        query: url.searchParams,
        headers,
        token,
      }
      requests.push(request)
      const refusal = await checkProof(init.method ?? '', url, token, headers.get('dpop') ?? '')
      if (refusal) return refusal
      const given = overrides.get(request.route)?.(request) ?? answer(request, init.signal)
      const value = await given
      return value instanceof Response ? value : json(value)
    },
  }

  function refuse(code: ErrorCode): Response {
    const [status] = errorTable[code]
    return json(toProblem(code, 'request-1'), status)
  }

  function json(value: object, status = 200): Response {
    const date = new Date(bff.now()).toUTCString()
    const headers = { 'content-type': 'application/json', date, 'ecode-request-id': 'request-1' }
    return new Response(JSON.stringify(value), { status, headers })
  }

  async function checkProof(method: string, url: URL, token: string, proof: string) {
    const [header = '', claims = '', signature = ''] = proof.split('.')
    const { typ, alg, jwk } = decode(header)
    const { htm, htu, iat, ath, jti } = decode(claims)
    const key = await crypto.subtle.importKey(
      'jwk',
      jwk,
      { name: 'ECDSA', namedCurve: 'P-256' },
      true,
      ['verify'],
    )
    const genuine = await crypto.subtle.verify(
      { name: 'ECDSA', hash: 'SHA-256' },
      key,
      fromBase64Url(signature),
      new TextEncoder().encode(`${header}.${claims}`),
    )
    const known = liveTokens.get(token)
    const thumbprint = await sha256(`{"crv":"P-256","kty":"EC","x":"${jwk.x}","y":"${jwk.y}"}`)
    if (!known) return refuse('SESSION_EXPIRED')
    if (!genuine || typ !== 'dpop+jwt' || alg !== 'ES256' || known !== thumbprint) {
      return refuse('PROOF_INVALID')
    }
    if (htm !== method || htu !== url.origin + url.pathname || ath !== (await sha256(token))) {
      return refuse('PROOF_INVALID')
    }
    if (Math.abs(bff.now() / 1000 - iat) > 60) return refuse('PROOF_EXPIRED')
    if (usedProofs.has(jti)) return refuse('PROOF_REPLAYED')
    usedProofs.add(jti)
    return undefined
  }

  async function answer(
    request: SeenRequest,
    stop?: AbortSignal | null,
  ): Promise<object | Response> {
    const { route, body, query, headers } = request
    const at = new Date(bff.now())
    if (route === 'GET /card') return bff.card
    if (route === 'GET /card/number') return { cardNo: '2023010417' }
    if (route === 'POST /card/claim') {
      bff.card = { ...bff.card, status: 'active' }
      return bff.card
    }
    if (route === 'GET /accounts') return bff.accounts
    if (route === 'PUT /default-account') {
      bff.accounts = { ...bff.accounts, defaultAccount: (body as { account: 'wallet' }).account }
      return bff.accounts
    }
    if (route === 'POST /codes') {
      const { account, revealed } = body as { account: 'wallet' | 'one_card'; revealed: boolean }
      const mode = account === 'wallet' ? 7 : 6
      const code = `711001${mode}${String(++serial).padStart(17, '0')}`
      const codeId = `code-${serial}`
      bff.issued.push(code)
      bff.issuedIds.push(codeId)
      const expiresAt = new Date(at.getTime() + 60_000).toISOString()
      return { codeId, code, account, revealed, issuedAt: at.toISOString(), expiresAt }
    }
    if (route === 'GET /events') {
      const after = query.get('after')
      const since =
        after === null ? [] : events.slice(events.findIndex((e) => e.cursor === after) + 1)
      return { events: since, cursor: events[events.length - 1]?.cursor ?? 'c0' }
    }
    if (route === 'GET /event-stream') {
      if (!bff.streams) return refuse('UNAVAILABLE')
      return openStream(headers.get('last-event-id'), stop)
    }
    if (route === 'POST /enrolments') {
      pendingKey = (body as { publicKey: string }).publicKey
      const expiresAt = new Date(at.getTime() + 300_000).toISOString()
      const phoneTail = bff.enrolsByPassword ? null : '8000'
      return { enrolmentId: 'enrolment-1', phoneTail, expiresAt, resendAfterSeconds: 60 }
    }
    if (route === 'POST /enrolments/enrolment-1/confirm') {
      const { smsCode, approvalId } = body as { smsCode?: string; approvalId?: string }
      if (approvalId !== undefined) {
        const refusal = bff.wallet.spend(approvalId, 'enrol_device')
        if (refusal) return refuse(refusal)
      } else if (smsCode !== bff.smsCode) return refuse('SMS_CODE_WRONG')
      return enrol(pendingKey)
    }
    if (/^POST \/devices\/.*\/contact$/.test(route)) {
      const grant = bff.nextGrant
      bff.nextGrant = null
      return { serverTime: at.toISOString(), grant, offlineCaps: bff.caps }
    }
    if (route.startsWith('DELETE /devices/')) return {}
    const ofWallet = bff.wallet.answer(route, body, bff)
    if (ofWallet) return ofWallet
    const ofWays = bff.ways.answer(route, body, bff)
    if (ofWays) return ofWays
    const ofAccess = bff.access.answer(route, body, query, bff)
    if (ofAccess) return ofAccess
    return refuse('NOT_FOUND')
  }

  let pendingKey = ''
  async function enrol(devicePublicKey: string): Promise<EnrolledDevice> {
    const pair = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, false, [
      'deriveBits',
    ])
    agreement = { device: devicePublicKey, core: pair.privateKey }
    bff.device = {
      deviceId: `device-${++serial}`,
      schoolId: '1001',
      corePublicKey: toBase64Url(await crypto.subtle.exportKey('raw', pair.publicKey)),
      grant: bff.makeGrant(),
      offlineCaps: bff.caps,
      serverTime: new Date(bff.now()).toISOString(),
    }
    return bff.device
  }

  function openStream(after: string | null, stop?: AbortSignal | null): Response {
    let mine: ReadableStreamDefaultController<Uint8Array>
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        mine = controller
        streams.add(controller)
        stop?.addEventListener('abort', () => {
          if (streams.delete(controller))
            controller.error(new DOMException('Aborted', 'AbortError'))
        })
        if (after === null) {
          const present = events[events.length - 1]?.cursor ?? 'c0'
          controller.enqueue(new TextEncoder().encode(`id: ${present}\n\n`))
          return
        }
        controller.enqueue(new TextEncoder().encode(':\n\n'))
        const missed = events.slice(events.findIndex((event) => event.cursor === after) + 1)
        for (const event of missed) controller.enqueue(encodeEvent(event))
      },
      cancel() {
        streams.delete(mine)
      },
    })
    const headers = { 'content-type': 'text/event-stream', date: new Date(bff.now()).toUTCString() }
    return new Response(body, { headers })
  }

  return bff
}

export type FakeBff = ReturnType<typeof createFakeBff>

export function encodeEvent(event: PersonEvent): Uint8Array {
  return new TextEncoder().encode(
    `id: ${event.cursor}\nevent: person\ndata: ${JSON.stringify(event)}\n\n`,
  )
}

function decode(part: string) {
  return JSON.parse(new TextDecoder().decode(fromBase64Url(part)))
}

async function sha256(text: string): Promise<string> {
  return toBase64Url(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
}

function makeCard(): Card {
  return {
    status: 'active',
    maskedName: '林*夏',
    maskedCardNo: '2023••••417',
    class: 'student',
    school: {
      id: '1001',
      name: '云谷大学',
      nameEn: 'Yungu University',
      accent: '#2455c9',
      supportContact: '卡务中心',
    },
    campus: null,
  }
}

function makeAccounts(): Accounts {
  const asOf = '2026-09-01T04:00:00.000Z'
  return {
    accounts: [
      { account: 'wallet', status: 'open', balanceFen: 12_840, asOf },
      { account: 'one_card', status: 'open', balanceFen: 5_620, asOf },
    ],
    defaultAccount: 'wallet',
    fallbackCard: { bankName: '建设银行', tail: '1234' },
    limits: { singleFen: 20_000, dailyFen: 100_000, spentTodayFen: 0 },
  }
}

function makeEntry(at: string, entryId: string, changes: Partial<BillEntry>): BillEntry {
  return {
    entryId,
    paymentId: `payment-of-${entryId}`,
    kind: 'payment',
    direction: 'out',
    status: 'PAID',
    at,
    merchantName: '第一食堂',
    terminalName: '3 号窗口',
    means: 'code',
    channel: 'wallet',
    cardTail: null,
    listFen: 1_500,
    rule: null,
    amountFen: 1_500,
    orderNo: 'A1',
    refusal: null,
    ...changes,
  }
}
