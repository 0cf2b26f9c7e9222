import { type Campus, campusSchema } from '@campus-ecode/protocol/campus'
import type { Demo } from '@campus-ecode/protocol/demo'
import { createSigningKey } from '@campus-ecode/protocol/signing-key'
import { v7 } from 'uuid'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'
import { importCampus } from './import-campus.ts'

const SCHOOL = '2002'
const LIN = '2023010417'
const GU = '2024020755'

let core: HttpCore
let known: Demo | undefined
beforeEach(async () => {
  core = await createHttpCore()
  known = undefined
})
afterEach(() => core.close())

type Tokens = { cardTokens?: string[]; faceTokens?: string[]; left?: boolean }

function campusOf(holders: Record<string, Tokens>): Campus {
  return campusSchema.parse({
    school: {
      ...{ id: SCHOOL, name: '青江学院', nameEn: 'Qingjiang College', accent: '#0f766e' },
      ...{ supportContact: '卡务中心', origins: ['https://app.example'] },
    },
    people: Object.entries(holders).map(([cardNo, tokens]) => ({
      ...{ cardNo, name: `某${cardNo}`, class: 'student' },
      ...tokens,
    })),
    merchants: [{ key: 'canteen', name: '第一食堂', terminals: [{ name: '1号窗口' }] }],
  })
}

async function bring(holders: Record<string, Tokens>): Promise<Demo> {
  const urls = {
    bffUrl: 'http://127.0.0.1:8080',
    coreUrl: 'http://127.0.0.1:8081',
    demoUrl: 'http://127.0.0.1:8082',
  }
  const { demo } = await importCampus(core.services, campusOf(holders), urls, known)
  known = demo
  return demo
}

/** What a swipe comes to at the school's till: whose it was, or why not. Everybody's default is the one-card account. */
async function swipe(value: string, kind = 'card'): Promise<string> {
  const { keyId = '', secret = '' } = known?.terminals[0] ?? {}
  const key = createSigningKey({ keyId, algorithm: 'hmac-sha256', secret })
  const orderNo = v7()
  const body = { orderNo, amountFen: 100, token: { kind, value } }
  const { body: answer } = await core.call('pay', { key, body })
  if (answer.code) return answer.code
  const { rows } = await core.db.pool.query('select person_id from payments where order_no = $1', [
    orderNo,
  ])
  return known?.people.find(({ id }) => id === rows[0].person_id)?.cardNo ?? 'nobody'
}

async function living() {
  const { rows } = await core.db.pool.query(
    `select kind from payment_tokens where school_id = $1 and removed_at is null order by kind`,
    [SCHOOL],
  )
  return rows.map(({ kind }) => kind)
}

const idOf = (cardNo: string) => known?.people.find((person) => person.cardNo === cardNo)?.id ?? ''
const face = (name: 'giveConsent' | 'withdrawConsent') =>
  core.call(name, {
    params: { schoolId: SCHOOL, personId: idOf(LIN) },
    body: { purpose: 'face' },
  })

describe('cards and faces of the campus file (R29)', () => {
  it('are the person’s from the import on, and written to the demo file', async () => {
    const demo = await bring({ [LIN]: { cardTokens: ['C1', 'C2'], faceTokens: ['F1'] }, [GU]: {} })
    expect(demo.people[0]?.tokens).toEqual([
      { kind: 'card', value: 'C1' },
      { kind: 'card', value: 'C2' },
      { kind: 'face', value: 'F1' },
    ])
    expect([await swipe('C1'), await swipe('C2')]).toEqual([LIN, LIN])
    expect(await swipe('F1', 'face')).toBe('FACE_CONSENT_MISSING')
    await face('giveConsent')
    expect(await swipe('F1', 'face')).toBe(LIN)
  })

  it('are all that the person holds: a card that was replaced pays no more', async () => {
    await bring({ [LIN]: { cardTokens: ['C1'] }, [GU]: { cardTokens: ['C9'] } })
    await bring({ [LIN]: { cardTokens: ['C2'] }, [GU]: { cardTokens: ['C9'] } })
    expect([await swipe('C1'), await swipe('C2'), await swipe('C9')]).toEqual([
      ...['TOKEN_UNKNOWN', LIN, GU],
    ])
    await bring({ [LIN]: {}, [GU]: {} })
    expect([await swipe('C2'), await swipe('C9')]).toEqual(['TOKEN_UNKNOWN', 'TOKEN_UNKNOWN'])
    await bring({ [LIN]: { cardTokens: ['C1'] }, [GU]: {} })
    expect(await swipe('C1')).toBe(LIN)
  })

  it('go over to whom the file gives them, in whichever order it names the two', async () => {
    for (const [one, other] of [
      [LIN, GU],
      [GU, LIN],
    ] as const) {
      await bring({ [LIN]: {}, [GU]: {}, [one]: { cardTokens: ['C1'] } })
      expect(await swipe('C1')).toBe(one)
      await bring({ [LIN]: {}, [GU]: {}, [other]: { cardTokens: ['C1'] } })
      expect(await swipe('C1')).toBe(other)
    }
  })

  it('change nothing when the file says the same, and keep since when they are held', async () => {
    const holders = { [LIN]: { cardTokens: ['C1'], faceTokens: ['F1'] } }
    const read = async () =>
      (await core.db.pool.query('select * from payment_tokens order by kind')).rows
    await bring(holders)
    const before = await read()
    await bring(holders)
    expect(await read()).toEqual(before)
  })

  it('die with a card that is closed, and come to no leaver', async () => {
    await bring({ [LIN]: { cardTokens: ['C1'], faceTokens: ['F1'] }, [GU]: {} })
    await bring({ [LIN]: { cardTokens: ['C1'], left: true }, [GU]: {} })
    expect(await swipe('C1')).toBe('TOKEN_UNKNOWN')
    expect(await living()).toEqual([])
    // An import that forgets that somebody left opens nothing again.
    await bring({ [LIN]: { cardTokens: ['C1'] }, [GU]: { cardTokens: ['C3'] } })
    expect(await swipe('C1')).toBe('TOKEN_UNKNOWN')
    expect(await living()).toEqual(['card'])
  })

  it('bring no face back that was taken back, until the person agrees again (R42)', async () => {
    const holders = { [LIN]: { cardTokens: ['C1'], faceTokens: ['F1'] } }
    await bring(holders)
    await face('giveConsent')
    await face('withdrawConsent')
    await bring(holders)
    expect(await living()).toEqual(['card'])
    await face('giveConsent')
    await bring(holders)
    expect(await swipe('F1', 'face')).toBe(LIN)
  })

  it('are refused when a file gives one to two people, without repeating it', async () => {
    for (const kind of ['cardTokens', 'faceTokens']) {
      const twice = bring({ [LIN]: { [kind]: ['SECRET-1'] }, [GU]: { [kind]: ['SECRET-1'] } })
      const error = await twice.catch((reason: Error) => reason)
      expect(String(error)).toContain(`${kind} of all people, entry 2, is there twice`)
      expect(String(error)).not.toContain('SECRET')
    }
    expect(await living()).toEqual([])
    expect(core.logged.join('')).not.toContain('SECRET')
  })
})
