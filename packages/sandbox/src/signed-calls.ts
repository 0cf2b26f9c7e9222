import { signResponse, verifyRequest } from '@campus-ecode/protocol/http-signature'
import { checkRequestTarget } from '@campus-ecode/protocol/request-target'
import type { SigningKey } from '@campus-ecode/protocol/signing-key'
import type { HttpBindings } from '@hono/node-server'
import type { Context, MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { SeenNonces, TOLERANCE_SECONDS } from './seen-nonces.ts'

export type SignedEnv = {
  Bindings: HttpBindings
  Variables: { body: unknown; signature: string }
}

/** Refuses what is longer than anything that is sent here. */
export const limitBody = bodyLimit({
  maxSize: 64 * 1024,
  onError: (c) => c.json({ error: 'BAD_REQUEST' }, 413),
})

/**
 * Lets only the core's key in, as a real bank would, each signature once, and gives handlers the
 * parsed body.
 */
export function requireSignature(
  key: SigningKey,
  origin: () => string,
): MiddlewareHandler<SignedEnv>[] {
  const seen = new SeenNonces()

  const checkTarget: MiddlewareHandler<SignedEnv> = async (c, next) => {
    const { url: target = '', rawHeaders } = c.env.incoming
    const checked = checkRequestTarget({ target, rawHeaders, origin: origin() })
    return checked.ok ? next() : c.json({ error: 'BAD_REQUEST' }, 400)
  }

  const verify: MiddlewareHandler<SignedEnv> = async (c, next) => {
    const bytes = new Uint8Array(await c.req.arrayBuffer())
    const nowMs = Date.now()
    const verified = await verifyRequest({
      method: c.req.method,
      origin: origin(),
      target: c.env.incoming.url ?? '',
      headers: c.env.incoming.headers,
      body: bytes,
      findKey: (keyId) => (keyId === key.keyId ? key : undefined),
      nowMs,
      toleranceSeconds: TOLERANCE_SECONDS,
    })
    // Refused unsigned: a signed no to a replay would also verify as the answer to the original.
    if (!verified.ok || !seen.claim(verified.nonce, verified.createdSeconds, nowMs)) {
      return c.json({ error: 'UNAUTHORISED' }, 401)
    }
    c.set('signature', verified.signature)
    try {
      c.set('body', bytes.length > 0 ? JSON.parse(new TextDecoder().decode(bytes)) : undefined)
    } catch {
      const answer = signAnswer(c, key, 400, { error: 'BAD_REQUEST' })
      return new Response(answer.body, answer)
    }
    return next()
  }

  return [checkTarget, limitBody, verify]
}

export interface SignedAnswer {
  status: number
  headers: Record<string, string>
  body: string
}

/** An answer the core can hold us to: signed, and bound to its request. */
export function signAnswer(
  c: Context<SignedEnv>,
  key: SigningKey,
  status: number,
  content: unknown,
): SignedAnswer {
  return signText(c, key, status, { type: 'application/json', text: JSON.stringify(content) })
}

/** The same for an answer that is not JSON. */
export function signText(
  c: Context<SignedEnv>,
  key: SigningKey,
  status: number,
  { type, text: body }: { type: string; text: string },
): SignedAnswer {
  const headers = { 'content-type': type }
  const requestSignature = c.get('signature')
  const signed = signResponse({ status, headers, body, requestSignature, key, nowMs: Date.now() })
  return { status, headers: { ...headers, ...signed.headers }, body }
}
