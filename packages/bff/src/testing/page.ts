import { createHash, randomUUID } from 'node:crypto'
import type { ErrorCode } from '@campus-ecode/protocol/errors'
import type { Problem } from '@campus-ecode/protocol/problem'
import type { Scope } from '@campus-ecode/protocol/sessions'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { expect } from 'vitest'

/** Where phones believe the BFF to be; behind a balancer that is never its own address. */
export const bffOrigin = 'https://ecode.school.example'
export const pageOrigin = 'https://app.school.example'
export const keypadOrigin = 'https://keypad.bank.example'

/** A page's key, and the proofs it makes. Everything about a proof can be made wrong. */
export interface PageKey {
  jwk: JWK
  jkt: string
  prove(claims: ProofClaims, header?: Record<string, unknown>): Promise<string>
}

export interface ProofClaims {
  method: string
  url: string
  token: string
  /** Replaces or, with undefined, removes claims. */
  claims?: Record<string, unknown>
}

export async function createPageKey(): Promise<PageKey> {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = await exportJWK(publicKey)
  return {
    jwk,
    jkt: await calculateJwkThumbprint(jwk),
    prove({ method, url, token, claims = {} }, header = {}) {
      const payload = {
        htm: method,
        htu: url,
        ath: createHash('sha256').update(token).digest('base64url'),
        jti: randomUUID(),
        iat: Math.floor(Date.now() / 1000),
        ...claims,
      }
      const present = Object.entries(payload).filter(([, value]) => value !== undefined)
      return new SignJWT(Object.fromEntries(present))
        .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk, ...header })
        .sign(privateKey, { crit: { purpose: true } })
    },
  }
}

export interface PageCall {
  method?: string
  path: string
  body?: unknown
  headers?: Record<string, string>
  claims?: Record<string, unknown>
}

/** A page with an open session, over real HTTP. */
export interface Page {
  key: PageKey
  token: string
  call(call: PageCall): Promise<Response>
  headersFor(call: PageCall): Promise<Record<string, string>>
}

export async function openPage(bff: string, session: { scopes?: Scope[] } = {}): Promise<Page> {
  const key = await createPageKey()
  const response = await createSession(bff, { thumbprint: key.jkt, ...session })
  expect(response.status).toBe(201)
  const { token } = (await response.json()) as { token: string }
  return createPage(bff, key, token)
}

export function createPage(bff: string, key: PageKey, token: string): Page {
  const headersFor = async ({ method = 'GET', path, claims }: PageCall) => {
    const url = bffOrigin + path.replace(/\?.*$/, '')
    const proof = await key.prove({ method, url, token, ...(claims && { claims }) })
    return { authorization: `DPoP ${token}`, dpop: proof, origin: pageOrigin }
  }
  return {
    key,
    token,
    headersFor,
    async call(call) {
      const { method = 'GET', path, body, headers = {} } = call
      return fetch(bff + path, {
        method,
        headers: {
          ...(await headersFor(call)),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
    },
  }
}

export const school = { id: '1001', secret: 'a-school-secret-of-many-letters' }

export function createSession(
  bff: string,
  body: Record<string, unknown>,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${bff}/v1/sessions`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${btoa(`${school.id}:${school.secret}`)}`,
      'content-type': 'application/json',
      ...headers,
    },
    body: JSON.stringify({ subject: { cardNo: '20230417' }, ...body }),
  })
}

/** Holds an answer against what every problem promises, and its code. */
export async function expectProblem(response: Response, code: ErrorCode): Promise<Problem> {
  const problem = (await response.json()) as Problem
  expect(problem.code).toBe(code)
  expect(response.status).toBe(problem.status)
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  expect(response.headers.get('ecode-request-id')).toBeTruthy()
  expect(problem.message['zh-CN']).toBeTruthy()
  expect(problem.message.en).toBe(problem.title)
  return problem
}
