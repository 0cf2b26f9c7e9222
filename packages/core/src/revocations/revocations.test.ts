import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { applyRevocationDelta, parseRevocationList } from '@campus-ecode/protocol/revocation-list'
import { v7 } from 'uuid'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { currentKeySet } from '../access-keys/current-key-set.ts'
import { rotateIssuerKey } from '../access-keys/rotate-issuer-key.ts'
import { changeCardStatus } from '../cards/card-status.ts'
import { lockPayer } from '../cards/store.ts'
import { inTransaction, openPool } from '../db/database.ts'
import type { Services } from '../http/operation.ts'
import { sweepOnce } from '../sweep/sweeper.ts'
import { createAccessGate } from '../testing/access-gate.ts'
import { createTestCampus, SCHOOL, type TestCampus } from '../testing/campus.ts'
import { currentList } from './current-list.ts'
import { findLockReach } from './lock-reach.ts'
import { runRevocations } from './revocations-command.ts'
import { revokeCredentials } from './revoke-credentials.ts'
import type { RevocationReason } from './store.ts'

const HOUR_MS = 3_600_000

let campus: TestCampus
let services: Services
beforeEach(async () => {
  campus = await createTestCampus()
  services = campus.services
})
afterEach(() => campus.close())

/** A person with credentials, as they lie in the database. */
async function addHolder({ count = 1, minutes = 1_440, label = 'Pixel 9' } = {}) {
  const { personId } = await campus.addPerson({ walletFen: 0 })
  const hashes = await addCredentials(personId, { count, minutes, label })
  return { personId, hashes }
}

async function addCredentials(
  personId: string,
  { count = 1, minutes = 1_440, label = 'Pixel 9' } = {},
): Promise<string[]> {
  const { rows } = await campus.db.pool.query(
    `insert into access_credentials (school_id, credential_hash, credential_id, person_id, label, class,
                                     profile, not_before, expires_at)
     select $1, substr(sha256($2::bytea || i::text::bytea), 1, 8), gen_random_uuid(), $3, $4, 'teacher', 0,
            $5, $5::timestamptz + $6 * interval '1 minute'
       from generate_series(1, $7) i
     returning encode(credential_hash, 'hex') as hash`,
    [SCHOOL, randomBytes(16), personId, label, new Date(services.now() - 60_000), minutes, count],
  )
  return rows.map(({ hash }) => hash)
}

const revoke = (personId: string, reason: RevocationReason = 'card_locked', only = {}) =>
  inTransaction(campus.db.pool, async (tx) => {
    await lockPayer(tx, SCHOOL, personId)
    return revokeCredentials(tx, { schoolId: SCHOOL, personId, reason, ...only })
  })

async function list(haveSeq = 0, on = services) {
  const { full, ...answer } = await currentList(on, SCHOOL, haveSeq)
  const parsed = full && parseRevocationList(Buffer.from(full.payload, 'base64url'))
  return { ...answer, full, parsed, hashes: parsed && split(parsed.hashes) }
}

const split = (hashes: Uint8Array): string[] =>
  Buffer.from(hashes).toString('hex').match(/.{16}/g) ?? []

async function withAnotherCore<T>(work: (other: Services) => Promise<T>): Promise<T> {
  const pool = openPool({ connectionString: campus.db.url })
  try {
    return await work({ ...services, db: { pool, close: async () => {} } })
  } finally {
    await pool.end()
  }
}

async function addGate(name: string, listSeq = 0, contact: Date | null = null, enabled = true) {
  await campus.db.pool.query(
    `insert into gates (school_id, gate_id, name, zone, purposes, stale_list, shown_past_seconds,
                        shown_future_seconds, enabled, key_id, sealed_key, list_seq, last_contact_at)
     values ($1, $2, $3, '图书馆', '{door}', 'closed', 20, 5, $4, $5, '', $6, $7)`,
    [SCHOOL, v7(), name, enabled, `1001.g.${v7()}`, listSeq, contact],
  )
}

describe('the revocation list', () => {
  it('has what was revoked and still lives, sorted, signed by the issuer, and is issued only for news', async () => {
    const gate = await createAccessGate(services.keys, SCHOOL)
    const [one, two] = [await addHolder({ count: 3 }), await addHolder()]
    const empty = await list()
    expect(empty).toMatchObject({ seq: 1, hashes: [] })
    await revoke(one.personId)
    const { full, parsed, hashes, seq } = await list()
    expect({ seq, hashes }).toEqual({ seq: 2, hashes: [...one.hashes].sort() })
    const now = services.now() / 1000
    expect(Math.abs((parsed?.issued ?? 0) - now)).toBeLessThan(5)
    expect(parsed).toMatchObject({ school: SCHOOL, minNotBefore: 0 })
    expect((parsed?.nextUpdate ?? 0) - (parsed?.issued ?? 0)).toBe(3_600)
    gate.takeKeys((await currentKeySet(services, SCHOOL)).document)
    if (full) expect(split(gate.takeList({ seq, full }).hashes)).toEqual(hashes)
    expect(await list(2)).toEqual({ seq: 2 })
    expect((await list()).full).toEqual(full)
    expect(await revoke(one.personId)).toBe(0)
    expect(await list(2)).toEqual({ seq: 2 })
    expect(await list(7)).toEqual({ seq: 2 })
    expect(two.hashes.some((hash) => hashes?.includes(hash))).toBe(false)
  })

  it('is renewed within the hour that it promises, when somebody asks', async () => {
    await list()
    campus.moveClock(29 * 60_000)
    expect((await list()).seq).toBe(1)
    campus.moveClock(2 * 60_000)
    expect((await list()).seq).toBe(2)
  })

  it('lets go of what has ended, an hour later, and takes up nothing that ended before', async () => {
    const [brief, long] = [await addHolder({ minutes: 60 }), await addHolder()]
    const never = await addHolder({ minutes: 60 })
    await revoke(brief.personId)
    await revoke(long.personId)
    expect((await list()).hashes).toHaveLength(2)
    campus.moveClock(1.5 * HOUR_MS)
    expect((await list()).hashes).toHaveLength(2)
    campus.moveClock(HOUR_MS)
    await revoke(never.personId)
    expect((await list()).hashes).toEqual(long.hashes)
  })

  it('says from when on credentials begin, when keys are withdrawn, and is signed by the next', async () => {
    const gate = await createAccessGate(services.keys, SCHOOL)
    const before = await list()
    await rotateIssuerKey(services, SCHOOL, { withdraw: true })
    const { full, parsed, seq } = await list()
    expect(seq).toBe(2)
    expect([before.full?.keyId, full?.keyId]).toEqual([1, 2])
    expect(Math.abs((parsed?.minNotBefore ?? 0) - services.now() / 1000)).toBeLessThan(5)
    gate.takeKeys((await currentKeySet(services, SCHOOL)).document)
    if (full) expect(gate.takeList({ seq, full }).minNotBefore).toBe(parsed?.minNotBefore)
  })

  it('has one number for each list, without gaps, when two cores issue at once', async () => {
    await withAnotherCore(async (other) => {
      for (let round = 1; round <= 6; round++) {
        const { personId } = await addHolder()
        await revoke(personId)
        const lists = await Promise.all(
          Array.from({ length: 8 }, (_, i) => list(0, i % 2 ? other : services)),
        )
        for (const one of lists) {
          expect(one.seq).toBe(round)
          expect(one.full).toEqual(lists[0]?.full)
        }
      }
    })
    const { rows } = await campus.db.pool.query(
      'select listed_seq from access_credentials order by listed_seq',
    )
    expect(rows.map(({ listed_seq }) => listed_seq)).toEqual([1, 2, 3, 4, 5, 6])
  })

  it('misses nothing that is revoked while lists are issued', async () => {
    const people = await Promise.all(Array.from({ length: 20 }, () => addHolder()))
    await withAnotherCore(async (other) => {
      await Promise.all(
        people.flatMap(({ personId }, i) => [revoke(personId), list(0, i % 2 ? other : services)]),
      )
    })
    expect((await list()).hashes).toEqual(people.flatMap(({ hashes }) => hashes).sort())
  })

  it('is of one school', async () => {
    await campus.db.pool.query(
      `insert into schools (school_id, name, name_en, accent, support_contact, origins, secret_hash)
       values ('1002', '二', 'Two', '#1d4ed8', '', '{}', '')`,
    )
    const { personId } = await addHolder()
    await list()
    await currentList(services, '1002', 0)
    await revoke(personId)
    expect((await currentList(services, '1002', 1)).seq).toBe(1)
    expect((await list()).seq).toBe(2)
    await expect(currentList(services, '4004', 0)).rejects.toThrow('no such school')
  })
})

describe('a database that was restored to an earlier time', () => {
  it('is believed by gates again after what docs/core-api.md says to do', async () => {
    const gate = await createAccessGate(services.keys, SCHOOL)
    const take = async (haveSeq: number) => {
      gate.takeKeys((await currentKeySet(services, SCHOOL)).document)
      return gate.takeList(await currentList(services, SCHOOL, haveSeq)).seq
    }
    await addGate('南门')
    await take(0)
    for (let round = 0; round < 3; round++) {
      await rotateIssuerKey(services, SCHOOL, { withdraw: false })
      await take(0)
    }
    await campus.db.pool.query(
      'update access_state set keys_seq = 1, keys_document = null, list_seq = 1, list_document = null',
    )
    await expect(take(0)).rejects.toThrow('older')
    const guide = await readFile(new URL('../../../../docs/core-api.md', import.meta.url), 'utf8')
    await campus.db.pool.query(/```sql\n([^`]+)```/.exec(guide)?.[1] ?? '')
    const seq = await take(4)
    expect(seq).toBeGreaterThan(1_000_000)
    await revoke((await addHolder()).personId)
    expect(await take(seq)).toBe(seq + 1)
  })
})

describe('the delta between two lists', () => {
  it('turns each earlier list into the present one, and is sent where it is shorter', async () => {
    const gate = await createAccessGate(services.keys, SCHOOL)
    gate.takeKeys((await currentKeySet(services, SCHOOL)).document)
    const many = await addHolder({ count: 40 })
    await revoke(many.personId)
    const lists: NonNullable<Awaited<ReturnType<typeof list>>['parsed']>[] = []
    const take = async () => {
      const { parsed } = await list()
      if (parsed) lists.push(parsed)
    }
    await take()
    for (const minutes of [30, 60, 1_440]) {
      await revoke((await addHolder({ count: 3, minutes })).personId)
      await take()
      campus.moveClock(1.2 * HOUR_MS)
      await take()
    }
    const last = lists.at(-1)
    if (!last) throw new Error('no list')
    for (const held of lists.slice(0, -1)) {
      const { seq, delta, full } = await currentList(services, SCHOOL, held.seq)
      expect(seq).toBe(last.seq)
      expect(full).toBeUndefined()
      if (!delta) throw new Error('no delta')
      const bytes = (text: string) => Buffer.from(text, 'base64url')
      const changes = { added: bytes(delta.added), removed: bytes(delta.removed) }
      expect(split(applyRevocationDelta(held.hashes, changes))).toEqual(split(last.hashes))
    }
    // The gate checks the new list's own signature.
    gate.takeList({ seq: last.seq, full: (await list()).full as never })
    const { personId } = await addHolder()
    await revoke(personId)
    const next = await currentList(services, SCHOOL, last.seq)
    expect(next.delta).toBeDefined()
    expect(gate.takeList(next).seq).toBe(last.seq + 1)
  })

  it('is not sent when the whole list is as short, or to a list of which nothing is known any more', async () => {
    await revoke((await addHolder({ count: 2 })).personId)
    expect((await list()).hashes).toHaveLength(2)
    await revoke((await addHolder({ count: 30 })).personId)
    expect((await list(1)).delta).toBeDefined()
    campus.moveClock(26 * HOUR_MS)
    await revoke((await addHolder({ count: 50 })).personId)
    expect((await list(1)).hashes).toHaveLength(50)
    await campus.db.pool.query(
      `update access_credentials set expires_at = expires_at - interval '32 days' where unlisted_seq is not null`,
    )
    await sweepOnce(campus.db.pool)
    const { rows } = await campus.db.pool.query('select list_floor_seq as floor from access_state')
    expect(rows).toEqual([{ floor: 3 }])
    await revoke((await addHolder({ count: 1 })).personId)
    expect((await list(2)).full).toBeDefined()
    expect((await list(3)).delta).toBeDefined()
  })

  it('is written in reasonable time for 50,000 entries', async () => {
    const { personId } = await campus.addPerson({ walletFen: 0 })
    await addCredentials(personId, { count: 60_000 })
    await list()
    await campus.db.pool.query('analyze access_credentials')
    const times: Record<string, number> = {}
    const time = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
      const startedAt = performance.now()
      const result = await work()
      times[what] = Math.round(performance.now() - startedAt)
      return result
    }
    await campus.db.pool.query(
      `update access_credentials set revoked_at = now(), revoked_reason = 'changed'
        where credential_hash in (select credential_hash from access_credentials limit 50000)`,
    )
    const { hashes } = await time('issued and sent in full', () => list())
    expect(hashes).toHaveLength(50_000)
    await time('asked again, nothing new', () => list(2))
    await revoke((await addHolder()).personId)
    const { delta } = await time('one more issued, and the delta', () => list(2))
    expect(delta?.added).toHaveLength(11)
    expect(delta?.removed).toBe('')
    expect((await list()).hashes).toHaveLength(50_001)
    console.log('ms for 50,000 entries:', times)
  })
})

describe('what ends credentials (R32)', () => {
  const stateOf = async (personId: string) => {
    const { rows } = await campus.db.pool.query(
      `select label, revoked_reason as reason from access_credentials where person_id = $1 order by label`,
      [personId],
    )
    return rows
  }

  it('is a card that is locked or closed', async () => {
    for (const to of ['locked', 'closed'] as const) {
      const { personId } = await addHolder()
      await inTransaction(campus.db.pool, async (tx) => {
        await lockPayer(tx, SCHOOL, personId)
        const person = { schoolId: SCHOOL, personId }
        await changeCardStatus(tx, services, person, { from: 'active', to })
      })
      expect(await stateOf(personId)).toEqual([{ label: 'Pixel 9', reason: `card_${to}` }])
    }
  })

  it('is not a card that is claimed or unlocked, and what has ended stays as it was', async () => {
    const { personId } = await addHolder()
    const person = { schoolId: SCHOOL, personId }
    await revoke(personId, 'signed_out')
    await inTransaction(campus.db.pool, (tx) =>
      changeCardStatus(tx, services, person, { from: 'active', to: 'locked' }),
    )
    await addCredentials(personId, { label: 'Y' })
    await inTransaction(campus.db.pool, (tx) =>
      changeCardStatus(tx, services, person, { from: 'locked', to: 'active' }),
    )
    expect(await stateOf(personId)).toEqual([
      { label: 'Pixel 9', reason: 'signed_out' },
      { label: 'Y', reason: null },
    ])
  })

  it('is a phone that is removed: those that the person calls the same', async () => {
    const { personId } = await addHolder({ label: 'A' })
    await addCredentials(personId, { label: 'B' })
    expect(await revoke(personId, 'device_removed', { label: 'B' })).toBe(1)
    expect(await stateOf(personId)).toEqual([
      { label: 'A', reason: null },
      { label: 'B', reason: 'device_removed' },
    ])
  })
})

describe('how far it has reached (R32)', () => {
  const reach = (personId: string) =>
    findLockReach(campus.db.pool, SCHOOL, personId, new Date(services.now()))

  it('is told until every gate in use knows', async () => {
    const { personId } = await addHolder({ count: 2 })
    expect(await reach(personId)).toBeNull()
    const contact = new Date('2026-01-02T03:04:05.678Z')
    await addGate('南门', 1, new Date())
    await addGate('北门', 1, contact)
    await addGate('仓库', 0, null)
    await addGate('旧门', 0, null, false)
    await list()
    await revoke(personId)
    const waiting = await reach(personId)
    expect(waiting).toMatchObject({ reason: 'card_locked', gateCount: 3, reachedCount: 0 })
    expect(waiting?.waiting.map(({ name }) => name)).toEqual(['仓库', '北门', '南门'])
    expect(waiting?.waiting.slice(0, 2)).toEqual([
      { name: '仓库', lastContactAt: null },
      { name: '北门', lastContactAt: contact.toISOString() },
    ])
    // A higher number that came before it knows is no knowledge of it.
    expect((await list()).seq).toBe(2)
    await campus.db.pool.query(`update gates set list_seq = 2 where name in ('南门', '北门')`)
    expect(await reach(personId)).toMatchObject({ reachedCount: 2, waiting: [{ name: '仓库' }] })
    await campus.db.pool.query(`update gates set list_seq = 5 where name = '仓库'`)
    expect(await reach(personId)).toBeNull()
  })

  it('is of the last one, is silent about what a phone replaces, and ends with the credential', async () => {
    await addGate('南门')
    const { personId } = await addHolder({ label: 'A' })
    await addCredentials(personId, { label: 'B', minutes: 2_880 })
    await addCredentials(personId, { label: 'C', minutes: 2_880 })
    await revoke(personId, 'replaced', { label: 'C' })
    expect(await reach(personId)).toBeNull()
    await revoke(personId, 'signed_out', { label: 'B' })
    await revoke(personId, 'card_locked')
    expect(await reach(personId)).toMatchObject({ reason: 'card_locked' })
    campus.moveClock(24.5 * HOUR_MS)
    expect(await reach(personId)).toMatchObject({ reason: 'signed_out' })
    campus.moveClock(24 * HOUR_MS)
    expect(await reach(personId)).toBeNull()
  })

  it('is shown to the card office', async () => {
    const lines: string[] = []
    const show = async (...args: string[]) => {
      lines.length = 0
      const env = { DATABASE_URL: campus.db.url }
      await runRevocations(args, env, (line) => void lines.push(line.replace(/\b\d s ago/, 'now')))
      return lines
    }
    await addGate('南门', 1, new Date(Date.now() - 45 * 60_000))
    await addGate('仓库')
    expect(await show('--school', SCHOOL)).toEqual(['no list yet: no gate has asked for one'])
    const { personId } = await addHolder({ count: 3 })
    await list()
    await revoke(personId)
    expect(await show('--school', SCHOOL)).toEqual([
      'list 1: 0 entries, issued now',
      '3 revoked credentials wait for the next list',
      '0 of 2 gates hold it',
      '  仓库: no list, older key set, never heard of',
      '  南门: list 1, older key set, last heard of 45 min ago',
    ])
    await list()
    const { seq } = await currentKeySet(services, SCHOOL)
    await campus.db.pool.query('update gates set list_seq = 2, keys_seq = $1 where list_seq = 1', [
      seq,
    ])
    expect(await show('--school', SCHOOL)).toEqual([
      'list 2: 3 entries, issued now',
      '1 of 2 gates hold it',
      '  仓库: no list, older key set, never heard of',
    ])
    await expect(show('--school', '4004')).rejects.toThrow('there is no school 4004')
    await expect(show()).rejects.toThrow('name a --school')
    await expect(show('--shool', '1001')).rejects.toThrow('--shool')
  })
})
