/**
 * The peer: a bare node:http server before an undici Pool, with no framework, log, limit or schema.
 *
 * With CRYPTOGRAPHY=same it does what the BFF's cryptography does, by the same library calls and with
 * the same memory of keys and opened sessions; with none it only passes on.
 */
import { createPublicKey, hash, type KeyObject, randomUUID, verify, webcrypto } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { signRequest, verifyResponse } from '@campus-ecode/protocol/http-signature'
import { createSigningKey } from '@campus-ecode/protocol/signing-key'
import { decodeJwt, decodeProtectedHeader, jwtDecrypt } from 'jose'
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
const keys = new Map<string, { header: string; key: KeyObject }>()

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
  const response = await pool.request({
    method: method as 'GET',
    path,
    headers: type ? { 'content-type': type } : {},
    body,
  })
  const answer = Buffer.from(await response.body.arrayBuffer())
  answerWith(outgoing, response.statusCode, response.headers['content-type'], answer)
}

async function forwardSigned(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const { method = '', url = '', headers: received } = incoming
  const token = received.authorization?.slice('DPoP '.length) ?? ''
  const session = await openSession(token)
  const jti = verifyProof(String(received.dpop), token, session.jkt, method, url)
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
  const response = await pool.request({
    method: method as 'GET',
    path,
    headers: { ...headers, ...signed.headers },
    body,
  })
  const answer = Buffer.from(await response.body.arrayBuffer())
  const verified = await verifyResponse({
    status: response.statusCode,
    headers: response.headers,
    body: answer,
    requestSignature: signed.signature,
    findKey: (keyId) => (keyId === key.keyId ? key : undefined),
    nowMs: Date.now(),
  })
  if (!verified.ok) throw new Error(verified.reason)
  answerWith(outgoing, response.statusCode, response.headers['content-type'], answer)
}

function answerWith(outgoing: ServerResponse, status: number, type: unknown, body: Buffer): void {
  outgoing.writeHead(status, { 'content-type': String(type), 'content-length': body.length })
  outgoing.end(body)
}

async function openSession(token: string): Promise<Session> {
  const known = sessions.get(token)
  if (known && known.exp * 1000 > Date.now()) return known
  const { payload } = await jwtDecrypt<Session>(token, sealingKey, { typ: 'ecode-session' })
  sessions.set(token, payload)
  return payload
}

function verifyProof(
  proof: string,
  token: string,
  jkt: string,
  method: string,
  url: string,
): string {
  const [header = '', payload = '', signature = ''] = proof.split('.')
  let known = keys.get(jkt)
  if (known?.header !== header) {
    const { jwk } = decodeProtectedHeader(proof) as { jwk: Record<string, string> }
    const { crv, kty, x, y } = jwk
    const thumbprint = hash('sha256', JSON.stringify({ crv, kty, x, y }), 'base64url')
    if (thumbprint !== jkt) throw new Error('another key')
    known = { header, key: createPublicKey({ key: jwk, format: 'jwk' }) }
    keys.set(jkt, known)
  }
  const { htm, htu, ath, jti, iat = 0 } = decodeJwt(proof)
  const fits =
    htm === method &&
    htu === ORIGIN_OF_BFF + url &&
    ath === hash('sha256', token, 'base64url') &&
    Math.abs(Date.now() / 1000 - iat) <= 60 &&
    verify(
      'sha256',
      Buffer.from(`${header}.${payload}`, 'latin1'),
      { key: known.key, dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature, 'base64url'),
    )
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
