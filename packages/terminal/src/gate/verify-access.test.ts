import { createECDH } from 'node:crypto'
import { ACCESS_CODE_PREFIX } from '@campus-ecode/protocol/access-code'
import type { GatePolicy } from '@campus-ecode/protocol/access-policy'
import { decodeBase45, encodeBase45 } from '@campus-ecode/protocol/base45'
import { beforeAll, describe, expect, it } from 'vitest'
import { type AccessSchool, createAccessSchool, createRule } from '../testing/access-school.ts'
import { createDocumentGuard, type Holdings } from './holdings.ts'
import { createMemory } from './replay-memory.ts'
import { type Knowledge, verifyAccess } from './verify-access.ts'

/** Monday, 2026-11-23, 10:00 in China. */
const NOW = 1_795_399_200

let school: AccessSchool
beforeAll(() => {
  school = createAccessSchool(NOW)
})

function know(change: Partial<GatePolicy> = {}): Knowledge {
  const guard = createDocumentGuard(school)
  let holdings: Holdings = {}
  for (const document of [school.keySet(), school.policy(change), school.list()]) {
    const taken = guard.take(holdings, document, NOW)
    if ('refused' in taken) throw new Error(taken.refused)
    holdings = taken.holdings
  }
  return {
    school: school.schoolId,
    keys: holdings.keys?.content,
    policy: holdings.policy?.content,
    list: holdings.list?.content,
    memory: createMemory(),
  }
}

/** Vectors hold the order of the checks; here is what they cannot say. */
describe('a code that opens', () => {
  it('says who and what for, as far as a gate has to know (R4)', () => {
    const phone = school.createPhone({ class: 'teacher', profile: 9 })
    expect(verifyAccess(phone.show(NOW - 3), NOW, know())).toEqual({
      result: 'opened',
      refusal: null,
      credential: phone.hash,
      class: 'teacher',
      profile: 9,
      shownAt: NOW - 3,
      purpose: 'door',
      context: 0,
    })
  })

  it('opens again and again with what is known of its credential', () => {
    const knowledge = know()
    const phone = school.createPhone()
    for (const at of [NOW, NOW + 10, NOW + 20]) {
      expect(verifyAccess(phone.show(at), at, knowledge)).toMatchObject({ result: 'opened' })
    }
  })
})

describe('a code that does not open', () => {
  it('is told about only as far as it is proven', () => {
    const knowledge = know()
    const nobody = { credential: null, class: null, profile: null }
    const nothing = { shownAt: null, purpose: null, context: null }
    expect(verifyAccess('hello', NOW, knowledge)).toMatchObject({ ...nobody, ...nothing })

    const phone = school.createPhone()
    const foreign = changeByte(phone.show(NOW), 50)
    expect(verifyAccess(foreign, NOW, knowledge)).toMatchObject({
      refusal: 'ISSUER_SIGNATURE',
      ...nobody,
      ...nothing,
    })
    const borrowed = changeByte(phone.show(NOW), 113)
    expect(verifyAccess(borrowed, NOW, knowledge)).toMatchObject({
      refusal: 'DEVICE_SIGNATURE',
      credential: phone.hash,
      class: 'student',
      ...nothing,
    })
  })

  it('is a credential of another issuer key with the same device key', () => {
    const knowledge = know()
    const phone = school.createPhone()
    expect(verifyAccess(phone.show(NOW), NOW, knowledge)).toMatchObject({ result: 'opened' })
    // The known credential with one byte of its issuer's signature changed.
    expect(verifyAccess(changeByte(phone.show(NOW), 46), NOW, knowledge)).toMatchObject({
      refusal: 'ISSUER_SIGNATURE',
    })
  })

  it('is the same code with the other ECDSA signature that verifies, once the first was let in', () => {
    const knowledge = know()
    const phone = school.createPhone()
    const first = phone.show(NOW)
    const bytes = bytesOf(first)
    const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
    const s = BigInt(`0x${Buffer.from(bytes.subarray(149)).toString('hex')}`)
    bytes.set(Buffer.from((order - s).toString(16).padStart(64, '0'), 'hex'), 149)
    const second = ACCESS_CODE_PREFIX + encodeBase45(bytes)
    expect(second).not.toBe(first)
    const opened = verifyAccess(first, NOW, knowledge)
    expect(opened.result).toBe('opened')
    const memory = createMemory()
    memory.add({ credential: phone.hash, shownAt: NOW }, NOW, 60)
    expect(verifyAccess(second, NOW, { ...knowledge, memory })).toMatchObject({
      refusal: 'REPLAYED',
    })
  })

  it('has a device key that is no point of the curve', () => {
    const off = Uint8Array.of(2, ...new Uint8Array(32))
    while (isPoint(off)) off[32] = (off[32] ?? 0) + 1
    const phone = school.createPhone({ devicePublicKey: off })
    expect(verifyAccess(phone.show(NOW), NOW, know())).toMatchObject({
      refusal: 'DEVICE_SIGNATURE',
    })
  })
})

describe('clocks', () => {
  it.each([
    [20, 'opened'],
    [21, 'SHOWN_LATE'],
    [30, 'SHOWN_LATE'],
    [-5, 'opened'],
    [-6, 'SHOWN_EARLY'],
  ])('a code %i s old is %s', (age, expected) => {
    const { result, refusal } = verifyAccess(school.createPhone().show(NOW - age), NOW, know())
    expect(refusal ?? result).toBe(expected)
  })

  it.each([
    ['fast', -300, 'SHOWN_LATE'],
    ['slow', 300, 'SHOWN_EARLY'],
  ])(
    'a gate five minutes %s refuses every phone and says which way it is',
    (_, ahead, expected) => {
      const phone = school.createPhone({ notBefore: NOW - 3_600 })
      expect(verifyAccess(phone.show(NOW + ahead), NOW, know())).toMatchObject({
        refusal: expected,
      })
    },
  )

  it.each([-300, 300])('a policy with wide tolerances allows for %i s', (ahead) => {
    const wide = know({ shownPastSeconds: 300, shownFutureSeconds: 300 })
    const phone = school.createPhone({ notBefore: NOW - 3_600 })
    expect(verifyAccess(phone.show(NOW + ahead), NOW, wide)).toMatchObject({ result: 'opened' })
  })

  it('a code is remembered for as long as wide tolerances would let it in again', () => {
    const wide = know({ shownPastSeconds: 300, shownFutureSeconds: 300 })
    const phone = school.createPhone({ notBefore: NOW - 3_600 })
    const memory = createMemory()
    memory.add({ credential: phone.hash, shownAt: NOW }, NOW - 300, 600)
    for (const now of [NOW - 300, NOW, NOW + 300]) {
      const verdict = verifyAccess(phone.show(NOW), now, { ...wide, memory })
      expect(verdict).toMatchObject({ refusal: 'REPLAYED' })
    }
    const later = verifyAccess(phone.show(NOW), NOW + 301, { ...wide, memory })
    expect(later).toMatchObject({ refusal: 'SHOWN_LATE' })
  })
})

describe('no change of a code opens a gate', { timeout: 120_000 }, () => {
  const CHARACTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:'

  it('not one of its 277 characters, put in the place of any other', () => {
    const knowledge = know({ rules: [createRule({ classes: ['student'], purpose: 'door' })] })
    const code = school.createPhone().show(NOW)
    const passed: string[] = []
    for (let at = 0; at < code.length; at++) {
      for (const character of [...CHARACTERS, 'a', ',', '\n', '０']) {
        const changed = code.slice(0, at) + character + code.slice(at + 1)
        if (changed !== code && opens(changed, knowledge)) passed.push(`${at} ${character}`)
      }
    }
    expect(passed).toEqual([])
  })

  it('not one left out, put in or changed with its neighbour', () => {
    const knowledge = know()
    const code = school.createPhone().show(NOW)
    const passed: number[] = []
    for (let at = 0; at < code.length; at++) {
      const [here = '', next = ''] = [code[at], code[at + 1]]
      const variants = [
        code.slice(0, at) + code.slice(at + 1),
        code.slice(0, at) + here + code.slice(at),
        code.slice(0, at) + next + here + code.slice(at + 2),
      ]
      if (variants.some((text) => text !== code && opens(text, knowledge))) passed.push(at)
    }
    expect(passed).toEqual([])
    for (const text of [` ${code}`, `${code} `, `${code}\n`, code.toLowerCase(), code + code]) {
      expect(opens(text, knowledge)).toBe(false)
    }
  })

  it('not one of its 181 bytes, by any bit or by others', () => {
    const knowledge = know({ rules: rulesForAll() })
    const code = school.createPhone().show(NOW)
    const passed: string[] = []
    for (let at = 0; at < 181; at++) {
      const bits = Array.from({ length: 8 }, (_, bit) => 1 << bit)
      const others = Array.from({ length: 12 }, () => 1 + Math.floor(Math.random() * 255))
      for (const mask of [...bits, ...others]) {
        if (opens(changeByte(code, at, mask), knowledge)) passed.push(`${at} ${mask}`)
      }
    }
    expect(passed).toEqual([])
  })

  it('nor several at once', () => {
    const knowledge = know({ rules: rulesForAll() })
    const code = school.createPhone().show(NOW)
    const passed: string[] = []
    for (let round = 0; round < 2_000; round++) {
      const bytes = bytesOf(code)
      const count = 2 + Math.floor(Math.random() * 20)
      for (let n = 0; n < count; n++) {
        const at = Math.floor(Math.random() * bytes.length)
        bytes[at] = Math.floor(Math.random() * 256)
      }
      const text = ACCESS_CODE_PREFIX + encodeBase45(bytes)
      if (text !== code && opens(text, knowledge)) passed.push(text)
    }
    expect(passed).toEqual([])
  })

  it('and the code itself does, so that all of this says something', () => {
    expect(opens(school.createPhone().show(NOW), know({ rules: rulesForAll() }))).toBe(true)
  })
})

/** So that only signatures stand in the way. */
function rulesForAll() {
  const classes = ['student', 'teacher', 'external', 'visitor'] as const
  const purposes = ['door', 'library', 'meeting', 'attendance'] as const
  return purposes.map((purpose) => createRule({ purpose, classes: [...classes] }))
}

function opens(text: string, knowledge: Knowledge): boolean {
  return verifyAccess(text, NOW, knowledge).result === 'opened'
}

function bytesOf(code: string): Uint8Array<ArrayBuffer> {
  const bytes = decodeBase45(code.slice(ACCESS_CODE_PREFIX.length))
  if (!bytes) throw new Error('not a code')
  return bytes
}

function changeByte(code: string, at: number, mask = 1): string {
  const bytes = bytesOf(code)
  bytes[at] = (bytes[at] ?? 0) ^ mask
  return ACCESS_CODE_PREFIX + encodeBase45(bytes)
}

function isPoint(compressed: Uint8Array): boolean {
  const ecdh = createECDH('prime256v1')
  ecdh.generateKeys()
  try {
    ecdh.computeSecret(compressed)
    return true
  } catch {
    return false
  }
}
