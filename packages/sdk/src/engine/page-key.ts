import { toBase64Url } from './base64url.ts'

/** The page's own key: sessions are sealed to it, and every request proves that it is here. */
export interface PageKey {
  /** JWK SHA-256 thumbprint (RFC 7638). */
  thumbprint: string
  /**
   * A DPoP proof (RFC 9449 §4.2) for one request.
   *
   * @param url Without query and fragment.
   * @param nowMs The server's clock; a proof lives a minute by it.
   */
  prove(method: string, url: string, token: string, nowMs: number): Promise<string>
}

/**
 * Makes a key that lives in memory only and cannot be read out.
 *
 * The `dpop` package does the same, but takes `iat` from the phone's clock alone, which is wrong on
 * many phones, and calls `crypto.randomUUID`, which WebViews before Chromium 92 lack.
 */
export async function createPageKey(): Promise<PageKey> {
  const { subtle } = crypto
  const { privateKey, publicKey } = await subtle.generateKey(
    { name: 'ECDSA', namedCurve: 'P-256' },
    false,
    ['sign', 'verify'],
  )
  const { crv, kty, x, y } = await subtle.exportKey('jwk', publicKey)
  // RFC 7638 §3.2: these members, in this order, without spaces.
  const jwk = { crv, kty, x, y }
  const thumbprint = await digest(JSON.stringify(jwk))
  const header = encode({ typ: 'dpop+jwt', alg: 'ES256', jwk })
  return {
    thumbprint,
    async prove(htm, htu, token, nowMs) {
      const jti = toBase64Url(crypto.getRandomValues(new Uint8Array(16)))
      const ath = await digest(token)
      const input = `${header}.${encode({ jti, htm, htu, iat: Math.floor(nowMs / 1000), ath })}`
      // WebCrypto signs in the form JWS wants, r ‖ s (RFC 7518 §3.4).
      const signature = await subtle.sign(
        { name: 'ECDSA', hash: 'SHA-256' },
        privateKey,
        new TextEncoder().encode(input),
      )
      return `${input}.${toBase64Url(signature)}`
    },
  }
}

async function digest(text: string): Promise<string> {
  return toBase64Url(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
}

function encode(value: object): string {
  return toBase64Url(new TextEncoder().encode(JSON.stringify(value)))
}
