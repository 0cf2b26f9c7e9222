import type { Demo } from '@campus-ecode/protocol/demo'
import { signRequest } from '@campus-ecode/protocol/http-signature'
import { createSigningKey } from '@campus-ecode/protocol/signing-key'

/** How a call is spoiled between signing and sending. */
export interface Spoil {
  keyId?: string
  secret?: string
  nonce?: string
  /** How fast the terminal's clock is. */
  aheadSeconds?: number
  /** The body that is signed, when another is sent. */
  signedBody?: string
  contentType?: string
  /** Replaces or (undefined) removes what is sent. */
  headers?: Record<string, string | undefined>
}

/** Calls the core as a terminal, piece by piece, so that each piece can be spoiled. */
export class CoreClient {
  readonly #coreUrl: string
  readonly #terminal: Demo['terminals'][number]

  constructor(coreUrl: string, terminal: Demo['terminals'][number]) {
    this.#coreUrl = coreUrl
    this.#terminal = terminal
  }

  sign(method: string, target: string, body: string | undefined, spoil: Spoil = {}) {
    const { keyId, secret } = { ...this.#terminal, ...spoil }
    const headers =
      body === undefined ? {} : { 'content-type': spoil.contentType ?? 'application/json' }
    const signed = signRequest({
      method,
      origin: this.#coreUrl,
      target,
      headers,
      body: spoil.signedBody ?? body,
      key: createSigningKey({ keyId, algorithm: 'hmac-sha256', secret }),
      nowMs: Date.now() + (spoil.aheadSeconds ?? 0) * 1000,
      ...(spoil.nonce && { nonce: spoil.nonce }),
    })
    const all = { ...headers, ...signed.headers, ...spoil.headers }
    return Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined)
  }

  async call(method: string, target: string, body?: unknown, spoil: Spoil = {}): Promise<Response> {
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
    return fetch(this.#coreUrl + target, {
      method,
      headers: this.sign(method, target, text, spoil),
      ...(text !== undefined && { body: text }),
    })
  }
}
