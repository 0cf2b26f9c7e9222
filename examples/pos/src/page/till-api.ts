import type { Presented } from '@campus-ecode/protocol/payments'
import type { IncomingView } from '../incoming.ts'
import type { OrderView } from '../order-view.ts'
import type { DemoToken, TillView } from '../pos.ts'

/** What this POS's own server can be asked. Each call rejects when the server cannot be reached. */
export const tillApi = {
  listTills: (): Promise<TillView[]> => call('/tills'),
  readSettings: (): Promise<{ frameOrigin: string | null }> => call('/settings'),
  listOrders: (till: string): Promise<OrderView[]> => call(`/tills/${till}/orders`),
  listIncoming: (till: string): Promise<IncomingView[]> => call(`/tills/${till}/incoming`),
  lookAt: (till: string, orderNo: string): Promise<OrderView> =>
    call(`/tills/${till}/orders/${orderNo}`),
  listDemoTokens: (): Promise<DemoToken[]> => call('/demo-tokens'),
  pay: (till: string, body: { amount: string } & Presented): Promise<OrderView> =>
    call(`/tills/${till}/orders`, body),
  reverse: (till: string, orderNo: string): Promise<OrderView> =>
    call(`/tills/${till}/orders/${orderNo}/reverse`, {}),
  refund: (
    till: string,
    orderNo: string,
    body: { refundNo: string; amount: string },
  ): Promise<OrderView> => call(`/tills/${till}/orders/${orderNo}/refunds`, body),
}

/** The server's own words for what cannot be done. */
export class TillRefusal extends Error {}

async function call<T>(path: string, body?: object): Promise<T> {
  const answer = await fetch(path, {
    ...(body && {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  })
  const content = await answer.json()
  if (!answer.ok)
    throw new TillRefusal(content.message?.['zh-CN'] ?? `收银服务出错 ${content.error}`)
  return content
}
