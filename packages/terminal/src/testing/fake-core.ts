import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Demo } from '@campus-ecode/protocol/demo'
import type { ErrorCode } from '@campus-ecode/protocol/errors'
import { signResponse, verifyRequest } from '@campus-ecode/protocol/http-signature'
import { createCoreOpenApi } from '@campus-ecode/protocol/openapi'
import { PROBLEM_TYPE, toProblem } from '@campus-ecode/protocol/problem'
import { checkRequestTarget } from '@campus-ecode/protocol/request-target'
import { createSigningKey, type SigningKey } from '@campus-ecode/protocol/signing-key'
import { FakeAccess } from './fake-access.ts'
import { createFakeAnswers, type FakeReply, findRoute, parseJson } from './fake-answers.ts'
import { FakeCampus, type FakeRefusal } from './fake-campus.ts'

/**
 * What goes wrong with one call. `-after` means: the core has done it, and only the answer is lost.
 * `late` means: the request is held up on its way and is done much later, when nobody waits for it.
 */
export type Fault =
  | 'drop'
  | 'drop-after'
  | 'hang-after'
  | '500'
  | '500-after'
  | 'foreign-signature'
  | 'unsigned'
  | 'not-json'
  | 'replayed'
  | 'late'

export interface FakeCall {
  name: string
  keyId: string
  body: unknown
  nonce: string
  createdSeconds: number
}

/** A core over real HTTP with real signatures, its books in memory and its faults on call. */
export interface FakeCore {
  origin: string
  demo: Demo
  bffKey: { keyId: string; secret: string }
  campus: FakeCampus
  /** Calls of terminals that arrived, in order. */
  calls: FakeCall[]
  /** For the next calls of terminals, in order. */
  faults: (Fault | undefined)[]
  /** How far this core's clock is ahead of the machine's. */
  clock: { offsetMs: number }
  lateMs: number
  close(): Promise<void>
}

const BODY_BYTES_MAX = 16_384

type Caller = { kind: 'bff' | 'terminal' | 'gate'; key: SigningKey; id: string }

export async function startFakeCore(): Promise<FakeCore> {
  const clock = { offsetMs: 0 }
  const now = () => Date.now() + clock.offsetMs
  const campus = new FakeCampus(now)
  const bffKey = { keyId: 'bff-1', secret: Buffer.alloc(32, 'bff').toString('base64url') }
  const callers = new Map<string, Caller>()
  const algorithm = 'hmac-sha256'
  callers.set('bff-1', { kind: 'bff', key: createSigningKey({ ...bffKey, algorithm }), id: '' })
  for (const { id, keyId, secret } of campus.terminals) {
    const key = createSigningKey({ keyId, algorithm, secret })
    callers.set(keyId, { kind: 'terminal', key, id })
  }
  const access = new FakeAccess(campus)
  for (const { gateId: id, keyId, secret } of access.gates) {
    const key = createSigningKey({ keyId, algorithm, secret })
    callers.set(keyId, { kind: 'gate', key, id })
  }
  const seen = new Set<string>()
  const answers = createFakeAnswers(campus, access)
  const foreign = (keyId: string) =>
    createSigningKey({ keyId, algorithm, secret: Buffer.alloc(32, 'x').toString('base64url') })

  const server = createServer((incoming, response) => {
    void receive(incoming, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  async function receive(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: target = '', headers, rawHeaders } = incoming
    const given = headers['ecode-request-id']
    const requestId = typeof given === 'string' ? given : crypto.randomUUID()
    const plain = (refused: ErrorCode) => {
      const problem = toProblem(refused, requestId)
      response.writeHead(problem.status, {
        'content-type': PROBLEM_TYPE,
        'ecode-request-id': requestId,
        date: new Date(now()).toUTCString(),
      })
      response.end(JSON.stringify(problem))
    }
    if (target === '/healthz' || target === '/readyz') {
      return void response.end('{"status":"ok"}')
    }
    if (target === '/openapi.json') return void response.end(JSON.stringify(createCoreOpenApi()))
    if (!checkRequestTarget({ target, rawHeaders, origin }).ok) return plain('TARGET_INVALID')
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    if (body.length > BODY_BYTES_MAX) return plain('BODY_TOO_LARGE')
    let caller: Caller | undefined
    const verified = await verifyRequest({
      method,
      origin,
      target,
      headers,
      body,
      nowMs: now(),
      ...(campus.has('accepts old signatures') && { toleranceSeconds: 1e6 }),
      findKey: (keyId) => {
        caller = callers.get(keyId)
        if (!caller) return undefined
        return campus.has('accepts any signature')
          ? { ...caller.key, verify: () => true }
          : caller.key
      },
    })
    if (!verified.ok) return plain(verified.code)
    if (!caller) throw new Error('verified without a key')
    const { kind, key, id } = caller
    const { keyId, nonce, createdSeconds, signature } = verified

    const fault = kind === 'terminal' ? fakeCore.faults.shift() : undefined
    if (fault === 'drop') return void incoming.socket.destroy()
    if (fault === '500') return plain('INTERNAL')
    if (fault === 'late') await sleep(fakeCore.lateMs)

    const found = findRoute(method, target)
    if (kind === 'terminal') {
      const { name } = found
      fakeCore.calls.push({ name, keyId, body: parseJson(body), nonce, createdSeconds })
    }
    const replayed = method !== 'GET' && seen.has(nonce) && !campus.has('forgets nonces')
    seen.add(nonce)
    const reply: FakeReply =
      fault === 'replayed' || replayed
        ? { refused: 'SIGNATURE_REPLAYED' }
        : await answers.answer(found, { kind, id }, headers, body)
    if (fault === 'drop-after') return void incoming.socket.destroy()
    if (fault === '500-after') return plain('INTERNAL')
    if (fault === 'hang-after') return

    const problem =
      'refused' in reply ? toProblem(reply.refused, requestId, more(reply)) : undefined
    const status = 'refused' in reply ? (problem?.status ?? 0) : reply.status
    const text =
      fault === 'not-json'
        ? 'hello'
        : JSON.stringify(problem ?? ('body' in reply ? reply.body : undefined))
    const covered = {
      'content-type': problem ? PROBLEM_TYPE : 'application/json',
      'ecode-request-id': requestId,
    }
    const signed = signResponse({
      status,
      headers: covered,
      body: text,
      requestSignature: campus.has('binds answers to nothing') ? 'ecode=:AAAA:' : signature,
      key: fault === 'foreign-signature' ? foreign(keyId) : key,
      nowMs: now(),
    })
    const unsigned = fault === 'unsigned' || campus.has('does not sign answers')
    response.writeHead(status, {
      ...covered,
      ...(!unsigned && signed.headers),
      date: new Date(now()).toUTCString(),
    })
    response.end(text)
  }

  const fakeCore: FakeCore = {
    origin,
    demo: {
      bffUrl: origin,
      coreUrl: origin,
      demoUrl: origin,
      school: campus.school,
      people: campus.people.map(({ id, cardNo, name, class: personClass, tokens }) => ({
        id,
        cardNo,
        name,
        class: personClass,
        tokens,
      })),
      merchants: [campus.merchant],
      terminals: campus.terminals,
      gates: access.gates.map(({ gateId: id, name, keyId, secret }) => {
        return { id, name, keyId, secret }
      }),
      accessRoot: access.root,
    },
    bffKey,
    campus,
    calls: [],
    faults: [],
    clock,
    lateMs: 500,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return fakeCore
}

function more({ retryAfterSeconds, fields }: FakeRefusal) {
  return {
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    ...(fields !== undefined && { fields }),
  }
}
