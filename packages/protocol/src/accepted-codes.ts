import type { ForeignKind, Sentences } from './shapes.ts'

const names: Record<ForeignKind, Sentences> = {
  wechat: { 'zh-CN': '微信付款码', en: "WeChat's" },
  alipay: { 'zh-CN': '支付宝付款码', en: "Alipay's" },
  unionpay: { 'zh-CN': '云闪付付款码', en: "UnionPay's" },
}

/** What to show instead of a code that is not taken (R28): the campus's own, or what else is. */
export function sayAccepted(accepted: readonly ForeignKind[]): Sentences {
  const list = (locale: keyof Sentences, own: string, and: string, or: string) => {
    const all = [own, ...accepted.map((kind) => names[kind][locale])]
    const last = all.pop() ?? ''
    return all.length === 0 ? last : `${all.join(and)}${or}${last}`
  }
  return {
    'zh-CN': `这里不收这种付款码，请出示${list('zh-CN', '校园付款码', '、', '或')}`,
    en: `This kind of code is not accepted here; show ${list('en', 'the campus code', ', ', ' or ')}`,
  }
}
