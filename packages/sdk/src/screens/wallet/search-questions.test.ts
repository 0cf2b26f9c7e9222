import { describe, expect, it } from 'vitest'
import { enHelp } from '../../strings/en-help.ts'
import { zhCnHelp } from '../../strings/zh-cn-help.ts'
import { helpTopics } from './help-topics.ts'
import { searchQuestions } from './search-questions.ts'

const questionsOf = (strings: Record<string, string>) =>
  helpTopics.map((id) => ({ id, title: strings[id] ?? '', text: strings[`${id}_how`] ?? '' }))
const zh = questionsOf(zhCnHelp)
const en = questionsOf(enHelp)

describe('the search in help (R37)', () => {
  it('shows everything in its order before something is typed', () => {
    expect(searchQuestions(zh, '  ').map(({ id }) => id)).toEqual(helpTopics)
    expect(searchQuestions(zh, '？！').map(({ id }) => id)).toEqual(helpTopics)
  })

  it.each([
    ['忘记支付密码怎么办', 'helpPassword'],
    ['一卡通密码忘了', 'helpCardPassword'],
    ['手机丢了', 'helpLost'],
    ['充值没到账', 'helpTopUp'],
    ['换银行卡', 'helpChangeCard'],
    ['卡号', 'helpCardNo'],
    ['没网', 'helpOffline'],
    ['身份码能付款吗', 'helpIdentity'],
    ['被拒', 'helpRefused'],
    ['门打不开', 'helpGate'],
    ['在哪出示', 'helpWhere'],
    ['怎么洗浴', 'helpShower'],
    ['电费没到账', 'helpUtility'],
    ['微信付款码', 'helpWechat'],
    ['商户没电', 'helpScan'],
  ])('finds first what a person means by %s', (typed, id) => {
    expect(searchQuestions(zh, typed)[0]?.id).toBe(id)
  })

  it.each([
    ['I forgot my payment password', 'helpPassword'],
    ['lost phone', 'helpLost'],
    ['top-up missing', 'helpTopUp'],
    ['Identity code', 'helpIdentity'],
    ['change bank card', 'helpChangeCard'],
    ['offline', 'helpOffline'],
    ['door does not open', 'helpGate'],
    ['refund', 'helpRefund'],
    ['shower', 'helpShower'],
    ['WeChat', 'helpWechat'],
  ])('and in English by %s', (typed, id) => {
    expect(searchQuestions(en, typed)[0]?.id).toBe(id)
  })

  it('finds nothing for what it does not know', () => {
    expect(searchQuestions(zh, '量子力学')).toEqual([])
    expect(searchQuestions(en, 'quantum')).toEqual([])
  })
})
