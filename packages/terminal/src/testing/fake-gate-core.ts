import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ErrorCode } from '@campus-ecode/protocol/errors'
import {
  type AddedRecords,
  addRecordsSchema,
  type GateRecord,
  type GateUpdate,
  gateRoutes,
  gateUpdateQuerySchema,
  type Identity,
  type ListDelta,
} from '@campus-ecode/protocol/gate-api'
import { signResponse, verifyRequest } from '@campus-ecode/protocol/http-signature'
import { PROBLEM_TYPE, toProblem } from '@campus-ecode/protocol/problem'
import type { SignedDocument } from '@campus-ecode/protocol/signed-document'
import { createSigningKey } from '@campus-ecode/protocol/signing-key'
import type { AccessSchool } from './access-school.ts'

/** `-after`: done, and the answer lost. */
export type GateFault = 'drop' | 'drop-after' | '500' | { refuse: ErrorCode }

/** The gate half of a core, over real HTTP with real signatures, and with faults on call. */
export interface FakeGateCore {
  origin: string
  key: { keyId: string; secret: string }
  /** What it has for the gate; each with its number. */
  held: Record<'keys' | 'policy' | 'list', { seq: number; document: SignedDocument } | undefined>
  /** Offered to a gate that holds its `fromSeq`, in place of the list. */
  delta: ListDelta | undefined
  /** What the gate said it holds, call by call. */
  asked: { keys: number; policy: number; list: number; waitSeconds: number }[]
  records: Map<string, GateRecord>
  /** Uploads that arrived, however often. */
  uploads: GateRecord[][]
  findings: AddedRecords['findings']
  identities: Map<string, Identity>
  /** For the next calls of one route, in order. */
  faults: Record<string, GateFault[]>
  /** How long each of the next answers is on its way, in ms. */
  delays: number[]
  /** Shut: connections are dropped. */
  isUp: boolean
  /** How far this core's clock is ahead of the machine's. */
  clock: { offsetMs: number }
  /** There is something new: ends waits. */
  ring(): void
  close(): Promise<void>
}

export async function startFakeGateCore(school: AccessSchool): Promise<FakeGateCore> {
  const keyId = '1001.g.fake-gate'
  const secret = Buffer.alloc(32, 'gate').toString('base64url')
  const key = createSigningKey({ keyId, algorithm: 'hmac-sha256', secret })
  const clock = { offsetMs: 0 }
  const now = () => Date.now() + clock.offsetMs
  const seen = new Set<string>()
  let bell = new AbortController()

  const server = createServer((incoming, response) => {
    void receive(incoming, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  async function receive(incoming: IncomingMessage, response: ServerResponse) {
    const { method = '', url: target = '', headers } = incoming
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    if (!core.isUp) return void incoming.socket.destroy()
    const date = () => new Date(now()).toUTCString()
    const refuse = (code: ErrorCode) => {
      const problem = toProblem(code, crypto.randomUUID())
      return { status: problem.status, type: PROBLEM_TYPE, content: problem }
    }
    const verified = await verifyRequest({
      method,
      origin,
      target,
      headers,
      body,
      nowMs: now(),
      findKey: (id) => (id === keyId ? key : undefined),
    })
    if (!verified.ok) {
      const { status, type, content } = refuse(verified.code)
      response.writeHead(status, { 'content-type': type, date: date() })
      return void response.end(JSON.stringify(content))
    }
    const { pathname, searchParams } = new URL(target, origin)
    const name = Object.entries(gateRoutes).find(
      ([, route]) => route.method === method && route.path === pathname,
    )?.[0] as keyof typeof gateRoutes | undefined
    if (!name) throw new Error(`no route ${method} ${pathname}`)
    const fault = core.faults[name]?.shift()
    if (fault === 'drop') return void incoming.socket.destroy()
    if (body.length > 16_384) throw new Error('longer than a core takes')

    let reply: { status: number; type: string; content: unknown }
    if (fault === '500') reply = refuse('INTERNAL')
    else if (fault && fault !== 'drop-after') reply = refuse(fault.refuse)
    else if (method !== 'GET' && seen.has(verified.nonce)) reply = refuse('SIGNATURE_REPLAYED')
    else reply = await answer(name, searchParams, body)
    seen.add(verified.nonce)
    if (fault === 'drop-after') return void incoming.socket.destroy()

    const text = JSON.stringify(reply.content)
    await sleep(core.delays.shift() ?? 0)
    const covered = { 'content-type': reply.type }
    const signed = signResponse({
      status: reply.status,
      headers: covered,
      body: text,
      requestSignature: verified.signature,
      key,
      nowMs: now(),
    })
    response.writeHead(reply.status, { ...covered, ...signed.headers, date: date() })
    response.end(text)

    async function answer(route: keyof typeof gateRoutes, query: URLSearchParams, bytes: Buffer) {
      const json = (content: unknown) => ({ status: 200, type: 'application/json', content })
      const serverTime = new Date(now()).toISOString()
      switch (route) {
        case 'getGateUpdate':
          return json(await answerUpdate(gateUpdateQuerySchema.parse(Object.fromEntries(query))))
        case 'addGateRecords': {
          const { records } = addRecordsSchema.parse(JSON.parse(bytes.toString('utf8')))
          core.uploads.push(records)
          for (const record of records) core.records.set(record.recordId, record)
          const ids = new Set(records.map(({ recordId }) => recordId))
          const findings = core.findings.filter(({ recordId }) => ids.has(recordId))
          return json({ accepted: records.length, findings } satisfies AddedRecords)
        }
        case 'checkIdentity': {
          const { code } = JSON.parse(bytes.toString('utf8'))
          const identity = core.identities.get(code)
          return identity ? json(identity) : refuse('IDENTITY_CODE_INVALID')
        }
        case 'getZoneRecords':
          return query.get('cursor') === null
            ? json({ records: [], next: 'more' })
            : json({ records: [], next: null })
        case 'getGate':
          return json({
            schoolId: school.schoolId,
            gateId: school.gateId,
            name: '图书馆东门',
            campus: null,
            zone: '图书馆',
            purposes: ['door'],
            permissions: ['identity', 'records'],
            serverTime,
          })
      }
    }
  }

  async function answerUpdate(asked: FakeGateCore['asked'][number]): Promise<GateUpdate> {
    core.asked.push(asked)
    const endsAt = Date.now() + asked.waitSeconds * 1000
    for (;;) {
      const update = writeUpdate(asked)
      const isNews = update.keys || update.policy || update.list || update.delta
      const leftMs = endsAt - Date.now()
      if (isNews || leftMs <= 0) return update
      await sleep(leftMs, undefined, { signal: bell.signal }).catch(() => undefined)
    }
  }

  function writeUpdate(asked: FakeGateCore['asked'][number]): GateUpdate {
    const newer = (what: 'keys' | 'policy' | 'list') => {
      const held = core.held[what]
      return held && held.seq > asked[what] ? held.document : null
    }
    const list = newer('list')
    const delta = list && core.delta?.fromSeq === asked.list ? core.delta : null
    return {
      serverTime: new Date(now()).toISOString(),
      keys: newer('keys'),
      policy: newer('policy'),
      list: delta ? null : list,
      delta,
    }
  }

  const usual = school.documents()
  const core: FakeGateCore = {
    origin,
    key: { keyId, secret },
    held: {
      keys: { seq: 1, document: usual.keys },
      policy: { seq: 1, document: usual.policy },
      list: { seq: 1, document: usual.list },
    },
    delta: undefined,
    asked: [],
    records: new Map(),
    uploads: [],
    findings: [],
    identities: new Map(),
    faults: {},
    delays: [],
    isUp: true,
    clock,
    ring() {
      bell.abort()
      bell = new AbortController()
    },
    async close() {
      core.ring()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return core
}
