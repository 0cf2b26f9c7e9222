import { type NewSchool, newSchoolSchema } from '@campus-ecode/protocol/operator-api'
import { type PersonClass, personClassSchema } from '@campus-ecode/protocol/shapes'
import { CampusError } from '../campus/campus-error.ts'
import { ruleOf } from './merchant-rows.ts'

/** What somebody says of a school in a line each, in flags or in answers. */
export interface SchoolWords {
  id: string
  name: string
  nameEn: string
  accent: string
  contact: string
  origins: string[]
  /** R24: where merchants' printed codes are paid beside the school's app. */
  collectionChannels: string[]
  /** Those that a merchant or gate may name; none: it has one. */
  campuses: string[]
  merchants: string[]
  tills: string[]
  gates: string[]
}

/** How merchants, tills and gates are written in a line. */
export const LINE_FORMS = {
  merchant: 'NAME[@CAMPUS][: teacher=90 external=115]',
  till: 'MERCHANT/NAME',
  gate: 'NAME@[CAMPUS/]ZONE: door library',
} as const

/** Reads the words as a school that can be made. Throws CampusError, naming what is wrong. */
export function describeSchool(words: SchoolWords): NewSchool {
  const merchants = words.merchants.map((line) => readMerchant(line, words.campuses))
  const tills = words.tills.map(readTill)
  for (const { merchant } of tills) {
    if (merchants.some(({ name }) => name === merchant)) continue
    throw new CampusError(`a till of ${merchant}, which is no merchant`)
  }
  const parsed = newSchoolSchema.safeParse({
    school: {
      ...{ id: words.id, name: words.name, nameEn: words.nameEn, accent: words.accent },
      ...{ supportContact: words.contact, origins: words.origins.map(toOrigin) },
      collectionChannels: words.collectionChannels,
    },
    merchants: merchants.map((merchant) => ({
      ...merchant,
      key: merchant.name,
      terminals: tills
        .filter((till) => till.merchant === merchant.name)
        .map(({ name }) => ({ name })),
    })),
    gates: words.gates.map((line) => readGate(line, words.campuses)),
  })
  if (parsed.success) return parsed.data
  const wrong = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  throw new CampusError(wrong.join('; '))
}

function readMerchant(line: string, campuses: readonly string[]) {
  const [, place = '', prices = ''] = /^([^:：]+)[:：]?(.*)$/s.exec(line) ?? []
  const [name = '', campus] = place.split('@').map((text) => text.trim())
  return {
    name,
    ...(campus !== undefined && { campus: knownCampus(campus, campuses) }),
    priceRules: prices
      .trim()
      .split(/[\s,，]+/)
      .filter((each) => each !== '')
      .map(readPrice),
  }
}

function readPrice(text: string) {
  const [, word = '', percent = ''] = /^(\w+)=(\d{1,3}(?:\.\d)?)%?$/.exec(text) ?? []
  const personClass = personClassSchema.safeParse(word)
  if (!personClass.success) {
    const classes: readonly PersonClass[] = personClassSchema.options
    throw new CampusError(`${text} is no price: ${classes.join(', ')}, as in teacher=90`)
  }
  return ruleOf(personClass.data, Math.round(Number(percent) * 10))
}

function readTill(line: string): { merchant: string; name: string } {
  const at = line.indexOf('/')
  const [merchant, name] = [line.slice(0, at).trim(), line.slice(at + 1).trim()]
  if (at <= 0 || name === '') throw new CampusError(`${line} is not ${LINE_FORMS.till}`)
  return { merchant, name }
}

function readGate(line: string, campuses: readonly string[]) {
  const [, name, where, purposes] = /^([^@]+)@([^:：]+)[:：](.+)$/s.exec(line) ?? []
  if (!name || !where || !purposes) throw new CampusError(`${line} is not ${LINE_FORMS.gate}`)
  const parts = where.split('/').map((text) => text.trim())
  const [zone = '', campus] = parts.reverse()
  return {
    name: name.trim(),
    zone,
    ...(campus !== undefined && { campus: knownCampus(campus, campuses) }),
    purposes: purposes.trim().split(/[\s,，]+/),
  }
}

function knownCampus(name: string, campuses: readonly string[]): string {
  if (campuses.includes(name)) return name
  throw new CampusError(`${name} is none of the campuses`)
}

function toOrigin(text: string): string {
  return URL.canParse(text) ? new URL(text).origin : text
}
