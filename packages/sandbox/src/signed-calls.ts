import { signResponse, verifyRequest } from '@campus-ecode/protocol/http-signature'
import type { SigningKey } from '@campus-ecode/protocol/signing-key'
import type { HttpBindings } from '@hono/node-server'
import type { Context, MiddlewareHandler } from 'hono'

export type SignedEnv = {
  Bindings: HttpBindings
  Variables: { body: unknown; signature: string }
}

/** Lets only the core's key in, as a real bank would, and gives handlers the parsed body. */
export function requireSignature(
  key: SigningKey,
  origin: () => string,
): MiddlewareHandler<SignedEnv> {
  return async (c, next) => {
    const bytes = new Uint8Array(await c.req.arrayBuffer())
    const incoming = c.env.incoming
    const verified = await verifyRequest({
      method: c.req.method,
      origin: origin(),
      target: incoming.url ?? '/',
      headers: incoming.headers,
      body: bytes,
      findKey: (keyId) => (keyId === key.keyId ? key : undefined),
      nowMs: Date.now(),
    })
    if (!verified.ok) return c.json({ error: 'UNAUTHORISED' }, 401)
    c.set('signature', verified.signature)
    try {
      c.set('body', bytes.length > 0 ? JSON.parse(new TextDecoder().decode(bytes)) : undefined)
    } catch {
      return answerSigned(c, key, 400, { error: 'BAD_REQUEST' })
    }
    await next()
  }
}

/** An answer the core can hold us to: signed, and bound to its request. */
export function answerSigned(
  c: Context<SignedEnv>,
  key: SigningKey,
  status: number,
  content: unknown,
): Response {
  const body = JSON.stringify(content)
  const headers = { 'content-type': 'application/json' }
  const requestSignature = c.get('signature')
  const signed = signResponse({ status, headers, body, requestSignature, key, nowMs: Date.now() })
  return new Response(body, { status, headers: { ...headers, ...signed.headers } })
}
