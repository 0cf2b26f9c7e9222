import { readFileSync } from 'node:fs'
import { campusSchema } from '@campus-ecode/protocol/campus'
import { outsideAccountsSchema } from '../outside-accounts.ts'

/** What each person of `demo/campus.json` is there to show, by card number. */
export const personNotes: Record<string, { zh: string; en: string }> = {
  '2023010417': { zh: '日常：钱包和一卡通都有钱', en: 'Everyday: money in both accounts' },
  '2023010562': { zh: '钱包不够，整笔改从银行卡支付', en: 'Wallet too low: the bank card pays' },
  '2022040138': { zh: '没有绑卡，余额不足', en: 'No card bound, not enough money' },
  '2024020755': { zh: '只有一卡通，没有电子钱包', en: 'One-card account only, no wallet' },
  '2024020871': { zh: '钱包不够，银行卡也不够', en: 'Wallet too low, and the bank declines' },
  '2022040293': { zh: '余额多，可试单笔和每日限额', en: 'Rich enough to meet both limits' },
  '2025010006': { zh: '还没领取电子校园卡', en: 'E-card not claimed yet' },
  '20110036': { zh: '教师，按原价', en: 'Teacher, pays the list price' },
  X20240031: { zh: '校外人员，加价 15 %', en: 'External person, 15 % surcharge' },
  V20260015: { zh: '访客，按原价', en: 'Visitor, pays the list price' },
}

/** What somebody has to type to bind a card in the demo; all of it invented. */
export interface BindableCard {
  name: string
  idNumber: string
  cardNo: string
  phone: string
  bankName: string
  status: 'active' | 'closed' | 'not_supported'
}

/** The cards of each person that are not bound to begin with, by card number of the person. */
export function readBindableCards(): Map<string, BindableCard[]> {
  const { people } = campusSchema.parse(readJson('campus.json'))
  const { bank } = outsideAccountsSchema.parse(readJson('outside-accounts.json'))
  return new Map(
    people.map(({ cardNo, name, wallet }) => [
      cardNo,
      bank.flatMap(({ account, card }) =>
        card?.name === name && account !== wallet?.bankCard?.token ? [card] : [],
      ),
    ]),
  )
}

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../demo/${name}`, import.meta.url), 'utf8'))
}
