import { createHash, randomUUID } from 'node:crypto'
import type { Session } from '@campus-ecode/protocol/sessions'
import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  type JWK,
  SignJWT,
} from 'jose'

/** What a page of the school would send, piece by piece, so that each piece can be spoiled. */
export class PageClient {
  readonly token: string
  readonly #bffUrl: string
  readonly #origin: string
  readonly #privateKey: CryptoKey
  readonly #jwk: JWK

  private constructor(options: {
    bffUrl: string
    origin: string
    token: string
    privateKey: CryptoKey
    jwk: JWK
  }) {
    this.#bffUrl = options.bffUrl
    this.#origin = options.origin
    this.token = options.token
    this.#privateKey = options.privateKey
    this.#jwk = options.jwk
  }

  /** Opens a session as the school's server does for its page. */
  static async open(options: {
    bffUrl: string
    origin: string
    school: { id: string; secret: string }
    cardNo: string
    scopes?: string[]
  }): Promise<PageClient> {
    const { bffUrl, origin, school, cardNo, scopes } = options
    const { privateKey, publicKey } = await generateKeyPair('ES256')
    const jwk = await exportJWK(publicKey)
    const response = await mintSession(bffUrl, school, {
      subject: { cardNo },
      thumbprint: await calculateJwkThumbprint(jwk),
      ...(scopes && { scopes }),
    })
    if (response.status !== 201) throw new Error(`no session: ${response.status}`)
    const { token } = (await response.json()) as Session
    return new PageClient({ bffUrl, origin, token, privateKey, jwk })
  }

  /**
   * A DPoP proof (RFC 9449) for a request, with any claim replaced.
   *
   * @param aheadSeconds How fast the phone's clock is.
   */
  async prove(
    method: string,
    path: string,
    { aheadSeconds = 0, ...claims }: { aheadSeconds?: number; [claim: string]: unknown } = {},
  ): Promise<string> {
    return new SignJWT({
      htm: method,
      htu: this.#bffUrl + path.replace(/\?.*/, ''),
      jti: randomUUID(),
      iat: Math.floor(Date.now() / 1000) + aheadSeconds,
      ath: createHash('sha256').update(this.token).digest('base64url'),
      ...claims,
    })
      .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk: this.#jwk })
      .sign(this.#privateKey)
  }

  /** Calls the BFF; `headers` replace ours, and an undefined one is left out. */
  async call(
    method: string,
    path: string,
    { body, headers = {} }: { body?: unknown; headers?: Record<string, string | undefined> } = {},
  ): Promise<Response> {
    const all: Record<string, string | undefined> = {
      origin: this.#origin,
      authorization: `DPoP ${this.token}`,
      dpop: await this.prove(method, path),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    }
    const given = Object.entries(all).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    )
    return fetch(this.#bffUrl + path, {
      method,
      headers: given,
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
  }
}

/** `POST /v1/sessions` as a school's server sends it. */
export function mintSession(
  bffUrl: string,
  { id, secret }: { id: string; secret: string },
  body: unknown,
): Promise<Response> {
  return fetch(`${bffUrl}/v1/sessions`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify(body),
  })
}
