import { verify } from 'node:crypto'
import type { WechatKeyMaterial } from './school-keys.ts'

const SKEW_SECONDS = 300

/** Recomputes what the school has signed, over the bytes that came. */
export function isAuthorised(
  authorization: string,
  { merchant }: WechatKeyMaterial,
  mchId: string,
  { method, target, body }: { method: string; target: string; body: string },
): boolean {
  const [, list] = /^WECHATPAY2-SHA256-RSA2048 (.+)$/.exec(authorization) ?? []
  if (!list) return false
  const fields = new Map(
    [...list.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value] as const),
  )
  const timestamp = fields.get('timestamp') ?? ''
  const nonce = fields.get('nonce_str') ?? ''
  if (fields.get('mchid') !== mchId || fields.get('serial_no') !== merchant.serial) return false
  if (nonce === '' || Math.abs(Date.now() / 1000 - Number(timestamp)) > SKEW_SECONDS) return false
  const message = [method, target, timestamp, nonce, body, ''].join('\n')
  return verify(
    'RSA-SHA256',
    Buffer.from(message),
    merchant.publicKey,
    Buffer.from(fields.get('signature') ?? '', 'base64'),
  )
}
