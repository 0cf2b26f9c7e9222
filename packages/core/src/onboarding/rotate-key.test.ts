import { randomBytes } from 'node:crypto'
import type { Payment } from '@campus-ecode/protocol/payments'
import { createSigningKey, type SigningKey } from '@campus-ecode/protocol/signing-key'
import { v7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCallerKeys } from '../http/caller-keys.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'
import { type RotatedKey, rotateKey } from './rotate-key.ts'

let core: HttpCore
beforeAll(async () => {
  core = await createHttpCore()
})
afterAll(() => core.close())

const DAY = 86_400
const material = {
  algorithm: 'hmac-sha256',
  secret: randomBytes(32).toString('base64url'),
} as const
const keyOf = ({ keyId, secret }: RotatedKey) =>
  createSigningKey({ keyId: keyId ?? '', algorithm: 'hmac-sha256', secret })
const ask = async (key: SigningKey) => {
  const { status, body } = await core.call('getTerminal', { key })
  return status === 200 ? body.terminalId : body.code
}
const rotateTerminal = async (graceSeconds = DAY) => {
  const { schoolId, terminalId } = core.terminal
  const rotated = await rotateKey(
    core.services,
    { kind: 'terminal', schoolId, id: terminalId },
    graceSeconds,
  )
  if (!rotated) throw new Error('there is such a terminal')
  return rotated
}
/** Whose key it is, to somebody who has not asked before: a running core remembers for three seconds. */
const find = async ({ keyId }: RotatedKey) => {
  const found = await createCallerKeys(core.services, [])(keyId ?? '')
  return found && 'terminalId' in found.caller ? found.caller.terminalId : undefined
}

describe('keys that change without a pause (R35)', () => {
  it('no payment fails while a till is paying and its key changes under it', async () => {
    const { schoolId, terminalId } = core.terminal
    let key = core.terminalKey
    let stopped = false
    const outcomes: string[] = []
    const pay = async () => {
      while (!stopped) {
        // A till that was told its new key takes it up when it comes to it.
        const own = key
        const { personId } = await core.addPerson()
        const code = await core.issueCode(personId)
        const { body } = await core.call('pay', {
          key: own,
          body: { orderNo: v7(), amountFen: 100, code },
        })
        outcomes.push((body as Payment).status ?? body.code)
      }
    }
    const tills = [pay(), pay(), pay()]
    /** So that some are under way in the moment of each change. */
    const morePaid = (count: number) => {
      const before = outcomes.length
      return expect.poll(() => outcomes.length - before, { timeout: 30_000 }).toBeGreaterThan(count)
    }
    await morePaid(4)
    const first = await rotateKey(
      core.services,
      { kind: 'terminal', schoolId, id: terminalId },
      DAY,
    )
    await morePaid(4)
    if (first) key = keyOf(first)
    await morePaid(4)
    stopped = true
    await Promise.all(tills)
    expect(new Set(outcomes)).toEqual(new Set(['PAID']))
    // Both are the same terminal's.
    expect(await ask(core.terminalKey)).toBe(terminalId)
    expect(await ask(key)).toBe(terminalId)
  }, 100_000)

  it('are two at most: the third ends the first, and no grace ends the one before at once', async () => {
    const one = await rotateTerminal()
    const two = await rotateTerminal()
    const three = await rotateTerminal()
    expect(await find(one)).toBeUndefined()
    expect(await find(two)).toBe(core.terminal.terminalId)
    const four = await rotateTerminal(0)
    expect(await find(three)).toBeUndefined()
    expect(await find(four)).toBe(core.terminal.terminalId)
    expect(await ask(keyOf(four))).toBe(core.terminal.terminalId)
    expect(await ask(createSigningKey({ ...material, keyId: one.keyId ?? '' }))).toBe('KEY_UNKNOWN')
  })

  it('a school’s secret opens sessions beside the one before, until that ends', async () => {
    const owner = { kind: 'school', schoolId: '1001' } as const
    const one = await rotateKey(core.services, owner, DAY)
    const two = await rotateKey(core.services, owner, DAY)
    const three = await rotateKey(core.services, owner, 0)
    const resolve = async (rotated: RotatedKey | undefined) =>
      (
        await core.call('resolveSubject', {
          body: { secret: rotated?.secret, cardNo: 'nobody', scopes: ['card'] },
        })
      ).body.code
    expect(await resolve(three)).toBe('SUBJECT_UNKNOWN')
    expect(await resolve(two)).toBe('SCHOOL_CREDENTIALS_INVALID')
    const four = await rotateKey(core.services, owner, DAY)
    expect(await resolve(three)).toBe('SUBJECT_UNKNOWN')
    expect(await resolve(four)).toBe('SUBJECT_UNKNOWN')
    expect(await resolve(one)).toBe('SCHOOL_CREDENTIALS_INVALID')
  })

  it('nobody’s key is none', async () => {
    const id = v7()
    for (const owner of [
      { kind: 'terminal', schoolId: '1001', id },
      { kind: 'gate', schoolId: '1001', id },
      { kind: 'school', schoolId: '9999' },
    ] as const) {
      expect(await rotateKey(core.services, owner, DAY)).toBeUndefined()
    }
  })
})
