import type { NoticeContent } from '@campus-ecode/protocol/notices'
import { expect, test } from 'vitest'
import { enWallet } from '../../strings/en-wallet.ts'
import { makeTranslate } from '../../strings/translate.ts'
import { zhCnWallet } from '../../strings/zh-cn-wallet.ts'
import { noticeRoute, noticeSentence } from './notice-words.ts'

const bank = { bankName: '建设银行', cardTail: '1234', transferId: 't' }
const all: NoticeContent[] = [
  { kind: 'refund', entryId: 'e', amountFen: 1_800, merchantName: '第一食堂' },
  { kind: 'top_up', status: 'SUCCEEDED', amountFen: 100, ...bank },
  { kind: 'top_up', status: 'DECLINED', amountFen: 100, ...bank },
  { kind: 'withdrawal', status: 'SUCCEEDED', amountFen: 100, ...bank },
  { kind: 'withdrawal', status: 'DECLINED', amountFen: 100, ...bank },
  { kind: 'low_balance', entryId: 'e', balanceFen: 1_240, thresholdFen: 2_000 },
  { kind: 'device', change: 'enrolled', deviceId: 'd', label: 'iPhone' },
  { kind: 'device', change: 'removed', deviceId: 'd', label: 'iPhone' },
  { kind: 'card', change: 'locked' },
  { kind: 'card', change: 'unlocked' },
  { kind: 'password', change: 'set' },
  { kind: 'password', change: 'locked' },
  { kind: 'password', change: 'reset' },
  { kind: 'wallet', change: 'opened' },
  { kind: 'wallet', change: 'closed' },
  { kind: 'bank_card', change: 'bound', bankName: '建设银行', tail: '1234' },
  { kind: 'bank_card', change: 'unbound', bankName: '建设银行', tail: '1234' },
  { kind: 'limits', singleFen: 20_000, dailyFen: 100_000 },
  { kind: 'agreement', change: 'signed' },
  { kind: 'agreement', change: 'cancelled' },
  { kind: 'wechat', use: 'pay', change: 'bound' },
  { kind: 'wechat', use: 'pay', change: 'unbound' },
  { kind: 'wechat', use: 'sign_in', change: 'bound' },
  { kind: 'wechat', use: 'sign_in', change: 'unbound' },
]

test('every notice is a sentence of its own, in both languages, with all it has to say (R41)', () => {
  for (const strings of [zhCnWallet, enWallet]) {
    const sentences = all.map((about) => noticeSentence(about, makeTranslate(strings)))
    expect(new Set(sentences).size).toBe(all.length)
    for (const sentence of sentences) {
      expect(sentence).not.toMatch(/[{}]|undefined/)
      expect(sentence).not.toBe(strings.noticeOther)
    }
  }
  const t = makeTranslate(zhCnWallet)
  const [refund, , declined] = all.map((about) => noticeSentence(about, t))
  expect(refund).toBe('第一食堂退款 ¥18.00，已退回')
  expect(declined).toContain('钱没有动')
})

test('a kind that this page does not know yet is still told of, and leads somewhere', () => {
  const newer = { kind: 'statement' } as unknown as NoticeContent
  expect(noticeSentence(newer, makeTranslate(zhCnWallet))).toBe(zhCnWallet.noticeOther)
  expect(noticeRoute(newer)).toEqual({ name: 'wallet' })
})

test('each leads to where it can be looked at or undone', () => {
  const routes = all.map((about) => noticeRoute(about))
  expect(routes[0]).toEqual({ name: 'bill' })
  expect(routes[6]).toEqual({ name: 'in_wallet', page: 'devices' })
  expect(routes[8]).toEqual({ name: 'in_wallet', page: 'unlock' })
  expect(routes[9]).toEqual({ name: 'in_wallet', page: 'lock' })
})
