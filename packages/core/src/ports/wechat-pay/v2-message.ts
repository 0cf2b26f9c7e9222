import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { XMLBuilder, XMLParser, XMLValidator } from 'fast-xml-parser'

export type V2Fields = Record<string, string>
export type V2SignType = 'MD5' | 'HMAC-SHA256'

const parser = new XMLParser({
  // Texts as they are: "0123" and "1e5" are no numbers here.
  parseTagValue: false,
})
const builder = new XMLBuilder({ format: false })

/** The `sign` of a V2 message: of all fields that are not empty, by name, and the key. */
export function signV2(fields: V2Fields, key: string, type: V2SignType): string {
  const text = Object.keys(fields)
    .filter((name) => name !== 'sign' && fields[name] !== '')
    .sort()
    .map((name) => `${name}=${fields[name]}`)
    .join('&')
  const keyed = `${text}&key=${key}`
  const digest = type === 'MD5' ? createHash('md5') : createHmac('sha256', key)
  return digest.update(keyed).digest('hex').toUpperCase()
}

export function isSignedV2(fields: V2Fields, key: string, type: V2SignType): boolean {
  const expected = Buffer.from(signV2(fields, key, type))
  const given = Buffer.from(fields.sign ?? '')
  return given.length === expected.length && timingSafeEqual(given, expected)
}

export function writeV2(fields: V2Fields): string {
  return builder.build({ xml: fields })
}

/** Nothing for what is not one flat `<xml>` of texts, or would define entities. */
export function readV2(text: string): V2Fields | undefined {
  if (/<!DOCTYPE/i.test(text) || XMLValidator.validate(text) !== true) return undefined
  const { xml } = parser.parse(text) as { xml?: unknown }
  if (typeof xml !== 'object' || xml === null) return undefined
  const entries = Object.entries(xml)
  return entries.every(([, value]) => typeof value === 'string')
    ? (Object.fromEntries(entries) as V2Fields)
    : undefined
}
