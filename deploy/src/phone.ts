import { createHash, randomUUID } from 'node:crypto'
import type { Demo } from '@campus-ecode/protocol/demo'
import type { PersonEvent } from '@campus-ecode/protocol/events'
import type { IssuedCode } from '@campus-ecode/protocol/issued-codes'
import type { Session } from '@campus-ecode/protocol/sessions'
import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  type JWK,
  SignJWT,
} from 'jose'
import { request } from 'undici'
import { SCHOOL_ORIGIN } from './campus.ts'

/** What the widget does on a phone: a session of its own key, codes, and the stream of events. */
export interface Phone {
  /** @returns The code, or the status of what came in its place: 0 where nothing did. */
  issueCode(account: 'wallet' | 'one_card'): Promise<IssuedCode | number>
  /** Hears events until `signal`; comes back to another BFF when its stream ends, as the widget does. */
  listen(onEvent: (event: PersonEvent) => void, signal: AbortSignal): Promise<void>
}

/** Sessions live ten minutes. */
const SESSION_MS = 5 * 60_000

export async function createPhone(demo: Demo, cardNo: string): Promise<Phone> {
  const { bffUrl, school } = demo
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const jwk = await exportJWK(publicKey)
  const thumbprint = await calculateJwkThumbprint(jwk)
  let token = ''
  let renewAt = 0

  /** As the school's server does for its page. */
  async function renew(): Promise<number> {
    const answer = await request(`${bffUrl}/v1/sessions`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${school.id}:${school.secret}`).toString('base64')}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ subject: { cardNo }, thumbprint }),
    })
    const body = (await answer.body.json()) as Session
    if (answer.statusCode !== 201) return answer.statusCode
    token = body.token
    renewAt = Date.now() + SESSION_MS
    return 201
  }

  async function call(method: 'GET' | 'POST', path: string, body?: unknown, after?: string) {
    if (Date.now() > renewAt) {
      const status = await renew()
      if (status !== 201) return { statusCode: status, body: undefined }
    }
    return request(bffUrl + path, {
      method,
      headers: {
        origin: SCHOOL_ORIGIN,
        authorization: `DPoP ${token}`,
        dpop: await prove({ method, url: bffUrl + path, token, jwk, privateKey }),
        ...(after !== undefined && { 'last-event-id': after }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      bodyTimeout: 0,
    })
  }

  return {
    async issueCode(account) {
      try {
        const answer = await call('POST', '/v1/me/codes', { account })
        if (answer.statusCode === 201 && answer.body)
          return (await answer.body.json()) as IssuedCode
        await answer.body?.dump()
        return answer.statusCode
      } catch {
        return 0
      }
    },
    async listen(onEvent, signal) {
      let after: string | undefined
      while (!signal.aborted) {
        try {
          const answer = await call('GET', '/v1/me/event-stream', undefined, after)
          if (answer.statusCode !== 200 || !answer.body) throw new Error('no stream')
          const { body } = answer
          signal.addEventListener('abort', () => body.destroy(), { once: true })
          let text = ''
          for await (const part of body.setEncoding('utf8')) {
            text += part
            const messages = text.split('\n\n')
            text = messages.pop() ?? ''
            for (const message of messages) {
              after = /^id: (.+)$/m.exec(message)?.[1] ?? after
              const data = /^data: (.+)$/m.exec(message)?.[1]
              if (data) onEvent(JSON.parse(data))
            }
          }
        } catch {
          if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, 200))
        }
      }
    },
  }
}

/** A DPoP proof (RFC 9449). */
function prove(options: {
  method: string
  url: string
  token: string
  jwk: JWK
  privateKey: CryptoKey
}): Promise<string> {
  const { method, url, token, jwk, privateKey } = options
  return new SignJWT({
    htm: method,
    htu: url,
    jti: randomUUID(),
    iat: Math.floor(Date.now() / 1000),
    ath: createHash('sha256').update(token).digest('base64url'),
  })
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk })
    .sign(privateKey)
}
