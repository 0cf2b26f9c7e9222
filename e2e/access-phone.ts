import type { Credential } from '@campus-ecode/protocol/access'
import {
  type AccessPurpose,
  encodeShown,
  formatAccessCode,
  showSigningInput,
} from '@campus-ecode/protocol/access-code'
import type { PageClient } from './page-client.ts'

/** A code that the phone shows; what is not given is as it should be. */
export interface Showing {
  purpose?: AccessPurpose
  context?: number
  /** How fast the phone's clock is; negative: how old the code is. */
  aheadSeconds?: number
}

/** A phone that signs what it is told to: for codes that no widget would show. */
export class AccessPhone {
  readonly given: Credential
  readonly #privateKey: CryptoKey

  private constructor(given: Credential, privateKey: CryptoKey) {
    this.given = given
    this.#privateKey = privateKey
  }

  /** Makes a key and has a credential signed for it, with the person's consent. */
  static async open(page: PageClient): Promise<AccessPhone> {
    const { privateKey, publicKey } = await makeDeviceKey()
    const response = await askCredential(page, { publicKey, consent: true })
    if (response.status !== 201) throw new Error(`no credential: ${response.status}`)
    return new AccessPhone((await response.json()) as Credential, privateKey)
  }

  async show({ purpose = 'door', context = 0, aheadSeconds = 0 }: Showing = {}): Promise<string> {
    const shownAt = Math.floor(Date.now() / 1000) + aheadSeconds
    const credential = Buffer.from(this.given.credential, 'base64url')
    const shown = encodeShown(credential, { shownAt, purpose, context })
    const signature = await crypto.subtle.sign(ECDSA, this.#privateKey, showSigningInput(shown))
    return formatAccessCode(shown, new Uint8Array(signature))
  }
}

const ECDSA = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

/** @param publicKey From `makeDeviceKey`. */
export function askCredential(
  page: PageClient,
  { publicKey, consent }: { publicKey: string; consent?: true },
): Promise<Response> {
  const body = { publicKey, label: 'e2e', ...(consent && { consent }) }
  return page.call('POST', '/v1/me/access/credentials', { body })
}

/** The public key is compressed, base64url. */
export async function makeDeviceKey(): Promise<{ privateKey: CryptoKey; publicKey: string }> {
  const { privateKey, publicKey } = await crypto.subtle.generateKey(ECDSA, false, ['sign'])
  const point = Buffer.from(await crypto.subtle.exportKey('raw', publicKey))
  const isOdd = ((point.at(-1) ?? 0) & 1) === 1
  const compressed = Buffer.concat([Buffer.of(isOdd ? 3 : 2), point.subarray(1, 33)])
  return { privateKey, publicKey: compressed.toString('base64url') }
}
