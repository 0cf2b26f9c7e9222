import { describeError, type ErrorCode } from '@campus-ecode/protocol/errors'
import { describe, expect, it } from 'vitest'
import { accounts, oneCardDown } from '../../gallery/fixtures.ts'
import { en } from '../../strings/en.ts'
import { zhCnMore } from '../../strings/zh-cn-more.ts'
import { explain, isExplained } from './explain.ts'

/** R22's list, and what else the phone is told of a scan or of a code it cannot draw. */
const ownWords = [
  'CODE_USED',
  'CODE_EXPIRED',
  'CODE_NOT_RECOGNISED',
  'INSUFFICIENT_FUNDS',
  'OVER_SINGLE_LIMIT',
  'OVER_DAILY_LIMIT',
  'CARD_LOCKED',
  'PASSWORD_REQUIRED',
  'ONE_CARD_UNAVAILABLE',
  'MERCHANT_NOT_ACCEPTING',
  'BANK_DECLINED',
  'BANK_UNAVAILABLE',
  'DEVICE_OFFLINE_CAP',
  'DEVICE_CODES_PAUSED',
  'DEVICE_REMOVED',
  'CODE_NOT_YET_VALID',
  'CODE_IDENTITY_ONLY',
  'CARD_NOT_CLAIMED',
  'CARD_CLOSED',
  'ACCOUNT_NOT_OPEN',
  'ENGINE_UNSUPPORTED',
  'NETWORK_LOST',
  'PROOF_EXPIRED',
] as const satisfies ErrorCode[]

const wallet = { accounts, account: 'wallet' } as const

describe('why a payment failed (R22)', () => {
  it.each(ownWords)('%s has a title and a sentence of its own, in both languages', (code) => {
    expect(isExplained(code)).toBe(true)
    for (const strings of [zhCnMore, en]) {
      expect(strings[code]).not.toContain(code)
      expect(strings[`${code}_how`].length).toBeGreaterThan(8)
    }
  })

  it('no two of them read the same', () => {
    for (const strings of [zhCnMore, en]) {
      expect(new Set(ownWords.map((code) => strings[code])).size).toBe(ownWords.length)
      expect(new Set(ownWords.map((code) => strings[`${code}_how`])).size).toBe(ownWords.length)
    }
  })

  it('is told in the words that came with it where we have none', () => {
    const { sentences } = describeError('TERMINAL_DISABLED')
    expect(explain('TERMINAL_DISABLED', sentences, wallet).title).toEqual(sentences)
  })

  it('is told in general words where nothing else is known', () => {
    expect(explain('INTERNAL', undefined, wallet).title).toBe('OTHER')
  })
})

describe('the one button', () => {
  const remedyFor = (code: ErrorCode, amountFen?: number, given: Partial<typeof wallet> = {}) =>
    explain(code, undefined, {
      ...wallet,
      ...given,
      ...(amountFen === undefined ? {} : { amountFen }),
    }).remedy

  it('offers the other account, with what is in it, when that covers the amount', () => {
    expect(remedyFor('INSUFFICIENT_FUNDS', 5_620)).toEqual({
      act: 'switch',
      label: 'doOneCard',
      account: 'one_card',
      balanceFen: 5_620,
    })
  })

  it('leads to what a card or face needs (R14, R29)', () => {
    expect(remedyFor('AGREEMENT_MISSING', 1)).toMatchObject({ act: 'wallet', page: 'agreement' })
    expect(remedyFor('FACE_CONSENT_MISSING', 1)).toMatchObject({ act: 'wallet', page: 'privacy' })
  })

  it('does not send anyone to an account that would not do either', () => {
    const topUp = { act: 'wallet', label: 'doTopUp', page: 'top_up' }
    expect(remedyFor('INSUFFICIENT_FUNDS', 5_621)).toEqual(topUp)
    const { remedy } = explain('INSUFFICIENT_FUNDS', undefined, {
      accounts: oneCardDown,
      account: 'wallet',
      amountFen: 1,
    })
    expect(remedy).toEqual(topUp)
  })

  it('leads from the one-card account to the wallet while its system is down (R8)', () => {
    const { remedy } = explain('ONE_CARD_UNAVAILABLE', undefined, {
      accounts: oneCardDown,
      account: 'one_card',
    })
    expect(remedy).toMatchObject({ act: 'switch', account: 'wallet' })
  })

  it.each([
    ['OVER_SINGLE_LIMIT', 'limits'],
    ['OVER_DAILY_LIMIT', 'limits'],
    ['CARD_LOCKED', 'unlock'],
    ['PASSWORD_REQUIRED', 'password'],
    ['PASSWORD_LOCKED', 'password'],
    ['ACCOUNT_NOT_OPEN', undefined],
  ] as const)('%s leads to the page of the wallet that mends it', (code, page) => {
    expect(remedyFor(code, 100)).toMatchObject({ act: 'wallet', page })
  })

  it('leads from an account that is not open to the other, if that is the wallet', () => {
    const given = { ...wallet, account: 'one_card' } as const
    expect(explain('ACCOUNT_NOT_OPEN', undefined, given).remedy).toMatchObject({
      act: 'switch',
      account: 'wallet',
    })
  })

  it('leads to the card where the card is what stands in the way', () => {
    for (const code of ['CARD_NOT_CLAIMED', 'CARD_CLOSED'] as const) {
      expect(remedyFor(code)?.act).toBe('card')
    }
  })

  it('is not there when nothing on this phone would help', () => {
    expect(remedyFor('ENGINE_UNSUPPORTED')).toBeUndefined()
  })

  it('draws a new code after a scan, and tries again where there was none', () => {
    expect(remedyFor('CODE_USED', 100)?.act).toBe('new_code')
    expect(remedyFor('NETWORK_LOST')?.act).toBe('retry')
    expect(remedyFor('CODE_NOT_YET_VALID', 100)?.act).toBe('new_code')
    expect(remedyFor('CODE_NOT_YET_VALID')?.act).toBe('retry')
  })

  it('says the person’s own limits', () => {
    expect(explain('OVER_DAILY_LIMIT', undefined, { ...wallet, amountFen: 1 }).words).toEqual({
      single: '¥200.00',
      daily: '¥1000.00',
      spent: '¥35.50',
    })
  })
})
