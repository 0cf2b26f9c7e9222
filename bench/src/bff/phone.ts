import { createECDH, createPrivateKey, hash, type KeyObject, randomUUID, sign } from 'node:crypto'
import { request } from 'undici'
import { ORIGIN_OF_BFF, ORIGIN_OF_PAGES, personIdOf, SCHOOL_SECRET } from './setting.ts'

/** A page with a key of its own and an open session. */
export interface Phone {
  schoolId: string
  personId: string
  /** A whole request as it travels, with a new proof. */
  write(method: string, path: string, body?: string): Buffer
}

/** Opens a session at the BFF, as the server of a school does. */
export async function openPhone(bff: number, schoolId: string, cardNo: string): Promise<Phone> {
  const { privateKey, jwk } = createKey()
  const response = await request(`http://127.0.0.1:${bff}/v1/sessions`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${btoa(`${schoolId}:${SCHOOL_SECRET}`)}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({
      subject: { cardNo },
      thumbprint: hash('sha256', JSON.stringify(jwk), 'base64url'),
    }),
  })
  const session = (await response.body.json()) as { token: string }
  if (response.statusCode !== 201) throw new Error(`No session: ${JSON.stringify(session)}`)
  const { token } = session
  const header = toBase64Url({ typ: 'dpop+jwt', alg: 'ES256', jwk })
  const ath = hash('sha256', token, 'base64url')
  return {
    schoolId,
    personId: personIdOf(cardNo),
    write(method, path, body) {
      const proof = prove(header, { htm: method, htu: ORIGIN_OF_BFF + path, ath }, privateKey)
      const lines = [
        `${method} ${path} HTTP/1.1`,
        `host: ${new URL(ORIGIN_OF_BFF).host}`,
        `authorization: DPoP ${token}`,
        `dpop: ${proof}`,
        `origin: ${ORIGIN_OF_PAGES}`,
        ...BROWSER,
        ...(body === undefined
          ? []
          : ['content-type: application/json', `content-length: ${Buffer.byteLength(body)}`]),
      ]
      return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body ?? ''}`)
    },
  }
}

function createKey() {
  const pair = createECDH('prime256v1')
  const point = pair.generateKeys()
  const x = point.toString('base64url', 1, 33)
  const y = point.toString('base64url', 33)
  // A key with leading zeros comes shorter.
  const d = pair.getPrivateKey('hex').padStart(64, '0')
  // In the order of a thumbprint (RFC 7638 §3).
  const jwk = { crv: 'P-256', kty: 'EC', x, y }
  const key = { ...jwk, d: Buffer.from(d, 'hex').toString('base64url') }
  return { jwk, privateKey: createPrivateKey({ key, format: 'jwk' }) }
}

/** What a phone's browser adds. */
const BROWSER = [
  'connection: keep-alive',
  'accept: */*',
  'accept-encoding: gzip, deflate, br',
  'accept-language: zh-CN,zh;q=0.9',
  `referer: ${ORIGIN_OF_PAGES}/`,
  'sec-fetch-dest: empty',
  'sec-fetch-mode: cors',
  'sec-fetch-site: cross-site',
  'user-agent: Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.50 NetType/WIFI Language/zh_CN',
]

function prove(header: string, claims: Record<string, string>, key: KeyObject): string {
  const iat = Math.floor(Date.now() / 1000)
  const text = `${header}.${toBase64Url({ ...claims, jti: randomUUID(), iat })}`
  const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' })
  return `${text}.${signature.toString('base64url')}`
}

function toBase64Url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
