/**
 * The peer: a bare node:http server before an undici Pool, with no framework, log, limit or schema.
 *
 * With CRYPTOGRAPHY=same it does what the BFF's cryptography does, by the same library calls and with
 * the same memory of keys and opened sessions; with none it only passes on.
 */
import { hash, randomUUID, webcrypto } from 'node:crypto'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import { signRequest, verifyResponse } from '@campus-ecode/protocol/http-signature'
import { createSigningKey } from '@campus-ecode/protocol/signing-key'
import {
  type CryptoKey,
  calculateJwkThumbprint,
  EmbeddedJWK,
  type JWK,
  jwtDecrypt,
  jwtVerify,
} from 'jose'
import { Pool } from 'undici'
import { sayReady } from '../lib/questions.ts'
import { CORE_KEY, ORIGIN_OF_BFF, personIdOf, SESSION_KEY } from './setting.ts'

const coreOrigin = process.env.CORE_URL ?? ''
const pool = new Pool(coreOrigin, { connections: 128, pipelining: 1 })
const key = createSigningKey({ ...CORE_KEY, algorithm: 'hmac-sha256' })
const sealingKey = await webcrypto.subtle.importKey(
  'raw',
  Buffer.from(SESSION_KEY, 'base64url'),
  'AES-GCM',
  false,
  ['decrypt'],
)

interface Session {
  schoolId: string
  personId: string
  jkt: string
  exp: number
}
const sessions = new Map<string, Session>()
const keys = new Map<string, { x: unknown; y: unknown; key: CryptoKey }>()

const handle = process.env.CRYPTOGRAPHY === 'same' ? forwardSigned : forward
const server = createServer({ keepAliveTimeout: 65_000 }, (incoming, outgoing) => {
  handle(incoming, outgoing).catch(() => outgoing.writeHead(401).end())
})
server.listen(0, '127.0.0.1', () => sayReady((server.address() as { port: number }).port))

async function forward(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const { method = '', url = '' } = incoming
  const path = `/v1/schools/1001/people/${personIdOf('1')}${url.slice('/v1/me'.length)}`
  const body = method === 'GET' ? null : await readAll(incoming)
  const type = body && incoming.headers['content-type']
  const response = await send(method, path, type ? { 'content-type': type } : {}, body)
  answerWith(outgoing, response)
}

async function forwardSigned(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const { method = '', url = '', headers: received } = incoming
  const token = received.authorization?.slice('DPoP '.length) ?? ''
  const session = await openSession(token)
  const jti = await verifyProof(String(received.dpop), token, session.jkt, method, url)
  const path = `/v1/schools/${session.schoolId}/people/${session.personId}${url.slice('/v1/me'.length)}`
  const headers: Record<string, string> = { 'ecode-request-id': randomUUID() }
  const body = method === 'GET' ? null : await readAll(incoming)
  if (body) {
    headers['content-type'] = received['content-type'] ?? ''
    headers['ecode-proof-jti'] = jti
  }
  const signed = signRequest({
    method,
    origin: coreOrigin,
    target: path,
    headers,
    body: body ?? undefined,
    key,
    nowMs: Date.now(),
  })
  const response = await send(method, path, { ...headers, ...signed.headers }, body)
  const verified = await verifyResponse({
    ...response,
    requestSignature: signed.signature,
    findKey: (keyId) => (keyId === key.keyId ? key : undefined),
    nowMs: Date.now(),
  })
  if (!verified.ok) throw new Error(verified.reason)
  answerWith(outgoing, response)
}

interface Received {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
}

/** The shortest way through undici: no stream and no signal for each answer. */
function send(
  method: string,
  path: string,
  headers: Record<string, string>,
  body: Buffer | null,
): Promise<Received> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const received: Received = { status: 0, headers: {}, body: Buffer.alloc(0) }
    pool.dispatch(
      { method: method as 'GET', path, headers, body },
      {
        onRequestStart() {},
        onResponseStart(_, status, answered) {
          received.status = status
          received.headers = answered
        },
        onResponseData(_, chunk) {
          chunks.push(chunk)
        },
        onResponseEnd() {
          received.body = Buffer.concat(chunks)
          resolve(received)
        },
        onResponseError(_, error) {
          reject(error)
        },
      },
    )
  })
}

function answerWith(outgoing: ServerResponse, { status, headers, body }: Received): void {
  const type = String(headers['content-type'])
  outgoing.writeHead(status, { 'content-type': type, 'content-length': body.length })
  outgoing.end(body)
}

async function openSession(token: string): Promise<Session> {
  const known = sessions.get(token)
  if (known && known.exp * 1000 > Date.now()) return known
  const { payload } = await jwtDecrypt<Session>(token, sealingKey, { typ: 'ecode-session' })
  sessions.set(token, payload)
  return payload
}

async function verifyProof(
  proof: string,
  token: string,
  jkt: string,
  method: string,
  url: string,
): Promise<string> {
  const { payload } = await jwtVerify(
    proof,
    async (header, jws) => {
      const known = keys.get(jkt)
      const { jwk } = header as { jwk?: JWK }
      if (known && jwk?.x === known.x && jwk?.y === known.y) return known.key
      const key = await EmbeddedJWK(header, jws)
      if (!jwk || (await calculateJwkThumbprint(jwk)) !== jkt) throw new Error('another key')
      keys.set(jkt, { x: jwk.x, y: jwk.y, key })
      return key
    },
    { typ: 'dpop+jwt', algorithms: ['ES256'] },
  )
  const { htm, htu, ath, jti, iat = 0 } = payload
  const fits =
    htm === method &&
    htu === ORIGIN_OF_BFF + url &&
    ath === hash('sha256', token, 'base64url') &&
    Math.abs(Date.now() / 1000 - iat) <= 60
  if (!fits) throw new Error('not made for this')
  return String(jti)
}

function readAll(incoming: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => resolve(Buffer.concat(chunks)))
    incoming.on('error', reject)
  })
}
