import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createMemoryKeys } from '../testing/memory-keys.ts'
import { aadOf, sealDigits } from '../testing/seal-digits.ts'
import { Busy } from './turnstile.ts'

const keys = createMemoryKeys()
const WHO = 'passwords/1001/a'
const aad = aadOf('0192f0c0-0000-7000-8000-000000000001', randomBytes(32), {
  kind: 'change_password',
})
const seal = async (digits: string, bound = aad) =>
  sealDigits(await keys.keypadPublicKey(), bound, digits)

async function hashOf(digits: string): Promise<string> {
  const made = await keys.hashPassword(WHO, await seal(digits), aad)
  if (typeof made === 'string') throw new Error(made)
  return made.hash
}

describe('a payment password in the key process (R16)', () => {
  it('is hashed by Argon2id, freshly salted, and recognised again', async () => {
    const hash = await hashOf('417290')
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    expect(await hashOf('417290')).not.toBe(hash)
    expect(await keys.checkPassword(WHO, await seal('417290'), aad, hash)).toBe('right')
    expect(await keys.checkPassword(WHO, await seal('417291'), aad, hash)).toBe('wrong')
  })

  it('is right for nobody else and under no other pepper', async () => {
    const hash = await hashOf('417290')
    const sealed = await seal('417290')
    expect(await keys.checkPassword('passwords/1001/b', sealed, aad, hash)).toBe('wrong')
    const other = createMemoryKeys()
    const sealedThere = await sealDigits(await other.keypadPublicKey(), aad, '417290')
    expect(await other.checkPassword(WHO, sealedThere, aad, hash)).toBe('wrong')
  })

  it('is refused as malformed with any bit of message or binding changed', async () => {
    const hash = await hashOf('417290')
    const sealed = await seal('417290')
    const flip = (bytes: Uint8Array, at: number) => {
      const changed = Uint8Array.from(bytes)
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8))
      return changed
    }
    for (let at = 0; at < sealed.length; at++) {
      expect(await keys.checkPassword(WHO, flip(sealed, at), aad, hash)).toBe('malformed')
    }
    for (let at = 0; at < aad.length; at++) {
      expect(await keys.checkPassword(WHO, sealed, flip(aad, at), hash)).toBe('malformed')
    }
    for (const cut of [sealed.subarray(1), sealed.subarray(0, -1), new Uint8Array(0)]) {
      expect(await keys.hashPassword(WHO, cut, aad)).toBe('malformed')
    }
  })

  it('is exactly six ASCII digits', async () => {
    for (const digits of ['41729', '4172901', '41729a', '４１', '']) {
      expect(await keys.hashPassword(WHO, await seal(digits), aad)).toBe('malformed')
    }
  })

  it.each(['000000', '777777', '123456', '654321', '890123', '210987'])(
    'is too simple as %s',
    async (digits) => {
      expect(await keys.hashPassword(WHO, await seal(digits), aad)).toBe('too_simple')
    },
  )

  it('may be less regular than that', async () => {
    for (const digits of ['123457', '112233', '135790']) {
      expect(await hashOf(digits)).toContain('$argon2id$')
    }
  })

  it('is changed by one message that holds both', async () => {
    const hash = await hashOf('417290')
    const change = async (digits: string) => keys.changePassword(WHO, await seal(digits), aad, hash)
    expect(await change('417291580362')).toBe('wrong')
    // Of a simple new password nobody hears before the old one was right.
    expect(await change('417291111111')).toBe('wrong')
    expect(await change('417290111111')).toBe('too_simple')
    expect(await change('417290')).toBe('malformed')
    const changed = await change('417290580362')
    if (typeof changed === 'string') throw new Error(changed)
    expect(await keys.checkPassword(WHO, await seal('580362'), aad, changed.hash)).toBe('right')
    expect(await keys.checkPassword(WHO, await seal('417290'), aad, changed.hash)).toBe('wrong')
  })

  it('is not the other one that it must not be', async () => {
    const made = await keys.hashPassword('water/1001/a', await seal('580362'), aad)
    if (typeof made === 'string') throw new Error(made)
    const other = { context: 'water/1001/a', hash: made.hash }
    const hash = await hashOf('417290')
    const change = async (digits: string) =>
      keys.changePassword(WHO, await seal(digits), aad, hash, other)
    expect(await keys.hashPassword(WHO, await seal('580362'), aad, other)).toBe('same')
    expect(await change('417290580362')).toBe('same')
    // Whoever guesses learns nothing of it.
    expect(await change('417291580362')).toBe('wrong')
    expect(await change('417290580363')).toMatchObject({ hash: expect.any(String) })
  })

  it('is turned away while too many others wait', async () => {
    const sealed = await seal('417290')
    const asked = Array.from({ length: 200 }, () => keys.hashPassword(WHO, sealed, aad))
    const results = await Promise.allSettled(asked)
    const away = results.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
    // Two at a time and 64 waiting are served; whoever comes when one has left already is, too.
    expect(results.length - away.length).toBeGreaterThanOrEqual(66)
    expect(away.length).toBeGreaterThan(0)
    for (const reason of away) expect(reason).toBeInstanceOf(Busy)
  })

  it('has a key pair that stays with the keyring', async () => {
    expect(await keys.keypadPublicKey()).toHaveLength(65)
    expect(await keys.keypadPublicKey()).toEqual(await keys.keypadPublicKey())
    expect(await createMemoryKeys().keypadPublicKey()).not.toEqual(await keys.keypadPublicKey())
  })
})
