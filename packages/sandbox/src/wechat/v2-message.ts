import { createHash, createHmac } from 'node:crypto'
import { XMLBuilder, XMLParser } from 'fast-xml-parser'

type SignType = 'MD5' | 'HMAC-SHA256'
type Fields = Record<string, string>

const parser = new XMLParser({ parseTagValue: false })
// As WeChat writes it.
const builder = new XMLBuilder({ cdataPropName: 'cdata' })

/** What a school has sent, if it is signed under its key. */
export function readV2(
  text: string,
  key: string,
): { fields: Fields; signType: SignType } | undefined {
  const { xml } = parser.parse(text) as { xml?: Fields }
  if (!xml) return undefined
  const signType = xml.sign_type === 'HMAC-SHA256' ? 'HMAC-SHA256' : 'MD5'
  return xml.sign === signV2(xml, key, signType) ? { fields: xml, signType } : undefined
}

/** WeChat's answer; signed unless it says that the call itself is wrong. */
export function answerV2(fields: Fields, key: string, signType: SignType): string {
  const signed =
    fields.return_code === 'SUCCESS' ? { ...fields, sign: signV2(fields, key, signType) } : fields
  const texts = Object.entries(signed).map(([name, value]) => [name, { cdata: value }])
  return builder.build({ xml: Object.fromEntries(texts) })
}

function signV2(fields: Fields, key: string, signType: SignType): string {
  const pairs = Object.entries(fields).filter(([name, value]) => name !== 'sign' && value !== '')
  pairs.sort(([a], [b]) => (a < b ? -1 : 1))
  const text = [...pairs.map(([name, value]) => `${name}=${value}`), `key=${key}`].join('&')
  const digest = signType === 'MD5' ? createHash('md5') : createHmac('sha256', key)
  return digest.update(text).digest('hex').toUpperCase()
}
