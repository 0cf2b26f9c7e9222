import type { Template } from './template-messages.ts'

/** The templates of the sandbox's account; a school's own have ids of their own. */
export const templates: readonly Template[] = [
  {
    id: 'sandbox-paid-8Vt3Rk2nQ5Xy7Lw0JcZbHfMdGs1Ta',
    title: '付款成功通知',
    fields: {
      thing1: '收款商户',
      amount2: '付款金额',
      time3: '付款时间',
      character_string4: '交易单号',
    },
  },
  {
    id: 'sandbox-refunded-Q5Xy7Lw0JcZbHfMdGs1Ta8Vt3',
    title: '退款成功通知',
    fields: { thing1: '退款商户', amount2: '退款金额', time3: '退款时间' },
  },
  {
    id: 'sandbox-moved-HfMdGs1Ta8Vt3Rk2nQ5Xy7Lw0JcZ',
    title: '账户变动通知',
    fields: { phrase1: '变动类型', amount2: '变动金额', time3: '变动时间', thing4: '变动账户' },
  },
  {
    id: 'sandbox-locked-w0JcZbHfMdGs1Ta8Vt3Rk2nQ5Xy',
    title: '校园卡挂失通知',
    fields: { thing1: '学校', phrase2: '卡片状态', time3: '变更时间', thing4: '温馨提示' },
  },
]
