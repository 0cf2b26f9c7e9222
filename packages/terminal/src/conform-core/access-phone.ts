import { createHash, ECDH, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import type { AccessOverview, Credential } from '@campus-ecode/protocol/access'
import {
  CREDENTIAL_BODY_BYTES,
  type CredentialBody,
  encodeShown,
  formatAccessCode,
  parseCredentialBody,
  showSigningInput,
} from '@campus-ecode/protocol/access-code'
import { corePersonRoutes } from '@campus-ecode/protocol/core-api'
import type { GateRecord } from '@campus-ecode/protocol/gate-api'
import { CREDENTIAL_HASH_BYTES } from '@campus-ecode/protocol/revocation-list'
import { Skipped } from './check.ts'
import { codeOf, demandAnswer } from './demands.ts'
import type { Reply } from './wire.ts'
import type { Person, World } from './world.ts'

/** A phone with a credential of the core under test. */
export class AccessPhone {
  readonly owner: Person
  readonly given: Credential
  readonly #world: World
  readonly #privateKey: KeyObject

  private constructor(world: World, owner: Person, given: Credential, privateKey: KeyObject) {
    this.#world = world
    this.owner = owner
    this.given = given
    this.#privateKey = privateKey
  }

  /** Has a key signed, consent given; for somebody with a card, if nobody is named. */
  static async open(world: World, person?: Person): Promise<AccessPhone> {
    const owner = person ?? (await world.findPerson('an active card', () => true))
    const { publicKey, privateKey } = makeDeviceKey()
    const reply = await askCredential(world, owner, { publicKey, consent: true })
    if (codeOf(reply) === 'RATE_LIMITED') {
      throw new Skipped('this person may get no more credentials today')
    }
    const given = demandAnswer(reply, corePersonRoutes.startCredential)
    return new AccessPhone(world, owner, given, privateKey)
  }

  /** What the issuer signed; undefined where it is malformed. */
  get body(): CredentialBody | undefined {
    return parseCredentialBody(this.#bytes.subarray(0, CREDENTIAL_BODY_BYTES))
  }

  /** By which gates and lists know the credential. */
  get hash(): Buffer {
    const body = this.#bytes.subarray(0, CREDENTIAL_BODY_BYTES)
    return createHash('sha256').update(body).digest().subarray(0, CREDENTIAL_HASH_BYTES)
  }

  /** An access code for a door, as docs/codes.md has it. */
  show(): string {
    const shownAt = Math.floor(Date.now() / 1000)
    const shown = encodeShown(this.#bytes, { shownAt, purpose: 'door', context: 0 })
    const key = { key: this.#privateKey, dsaEncoding: 'ieee-p1363' } as const
    return formatAccessCode(shown, sign('sha256', showSigningInput(shown), key))
  }

  /** What a gate tells when it has read such a code. */
  record(change: Partial<GateRecord> = {}): GateRecord {
    const at = change.at ?? new Date().toISOString()
    return {
      recordId: crypto.randomUUID(),
      at,
      ...{ result: 'opened', refusal: null, purpose: 'door', context: 0, shownAt: at },
      credential: this.hash.toString('base64url'),
      ...change,
    }
  }

  async end(): Promise<void> {
    const params = { credentialId: this.given.credentialId }
    const reply = await this.#world.callPerson('endCredential', this.owner, { params })
    demandAnswer(reply, corePersonRoutes.endCredential)
  }

  get #bytes(): Buffer {
    return Buffer.from(this.given.credential, 'base64url')
  }
}

/** Opens a phone for one check; its credential ends with it. */
export async function withAccessPhone(
  world: World,
  run: (phone: AccessPhone) => Promise<void>,
): Promise<void> {
  const phone = await AccessPhone.open(world)
  try {
    await run(phone)
  } finally {
    await phone.end()
  }
}

export function askCredential(
  world: World,
  person: Person,
  { publicKey, consent }: { publicKey: string; consent?: true },
): Promise<Reply> {
  const json = { publicKey, label: 'conform-core', ...(consent && { consent }) }
  return world.callPerson('startCredential', person, { json })
}

export async function readAccess(world: World, person: Person): Promise<AccessOverview> {
  return demandAnswer(await world.callPerson('getAccess', person), corePersonRoutes.getAccess)
}

/** A P-256 key; the point is compressed, base64url. */
export function makeDeviceKey(): { publicKey: string; privateKey: KeyObject } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  const point = Buffer.concat([
    Buffer.of(4),
    ...[x, y].map((text) => Buffer.from(text, 'base64url')),
  ])
  const compressed = ECDH.convertKey(point, 'prime256v1', undefined, undefined, 'compressed')
  return { publicKey: Buffer.from(compressed).toString('base64url'), privateKey }
}
