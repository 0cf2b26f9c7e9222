import type { ForeignCodes } from '../foreign-codes/foreign-codes.ts'
import { readTradeLines } from '../matching/outside-line.ts'
import type { WechatPort } from '../ports/wechat-pay/wechat-port.ts'
import { findBoundPayer } from './binding-store.ts'

/** WeChat's own codes at tills (R27). */
export function wechatCodes(port: WechatPort): ForeignCodes {
  return {
    port,
    findPayer: findBoundPayer,
    refusals: {
      notBound: 'WECHAT_NOT_BOUND',
      declined: 'WECHAT_DECLINED',
      timedOut: 'WECHAT_TIMED_OUT',
      unavailable: 'WECHAT_UNAVAILABLE',
    },
    takesBack: { reversalDays: 7, refundDays: 365, refundsMax: 50 },
    readBill: async (day) => [...readTradeLines(await port.downloadBill(day), day)],
  }
}
