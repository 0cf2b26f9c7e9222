import { payTokenValueSchema } from '@campus-ecode/protocol/payments'
import { type PersonClass, personClassSchema } from '@campus-ecode/protocol/shapes'
import { z } from 'zod'
import { assignProfilesOf } from '../access/profiles.ts'
import {
  type FilePerson,
  findFilePeople,
  importPeople,
  planTokens,
  type RegisterPerson,
} from '../campus/import-people.ts'
import { type CurrentPerson, findCurrent, saveDetails } from '../campus/person-store.ts'
import { inTransaction } from '../db/database.ts'
import type { Services } from '../http/operation.ts'
import { maskName } from '../people/mask.ts'
import { type PersonDetails, sealPerson, unsealPerson } from '../people/open-person.ts'
import { cellSchema, listSchema, type RowOutcome, readRow, refuseRow, yesSchema } from './row.ts'

const classWords: Record<string, PersonClass> = {
  ...{ 学生: 'student', 教师: 'teacher', 教职工: 'teacher', 校外人员: 'external', 访客: 'visitor' },
  ...Object.fromEntries(personClassSchema.options.map((name) => [name, name])),
}

/** A row of a school's register. Of a column that the table does not have, everything stays as it is. */
export const personRowSchema = z.object({
  cardNo: cellSchema(32).regex(/^\S+$/),
  name: cellSchema(60).optional(),
  class: z
    .string()
    .trim()
    .transform((word) => classWords[word])
    .pipe(personClassSchema)
    .optional(),
  phone: z
    .string()
    .trim()
    .regex(/^(\d{6,15})?$/)
    .optional(),
  campus: z.union([z.literal(''), cellSchema(60)]).optional(),
  groups: listSchema(cellSchema(40), 20).optional(),
  left: yesSchema.optional(),
  urgeAgreement: yesSchema.optional(),
  oneCard: yesSchema.optional(),
  cardTokens: listSchema(payTokenValueSchema, 8).optional(),
  faceTokens: listSchema(payTokenValueSchema, 8).optional(),
})
export type PersonRow = z.output<typeof personRowSchema>

/** What a register's columns are called, by us and by card offices. */
export const personColumns: Record<keyof PersonRow, readonly string[]> = {
  cardNo: ['学号', '工号', '学工号', '卡号'],
  name: ['姓名'],
  class: ['类别', '身份'],
  phone: ['手机号'],
  campus: ['校区'],
  groups: ['分组'],
  left: ['已离校'],
  urgeAgreement: ['提醒开通免密'],
  oneCard: ['有一卡通账户'],
  cardTokens: ['实体卡'],
  faceTokens: ['人脸'],
}

interface Numbered {
  line: number
  cells: unknown
}

/**
 * Takes a part of a school's register in: who is new is added, unclaimed; of the others what the school says is as it
 * says now (R1, R4, R29, R30, R32). Bad rows are named and change nothing, good ones are in; the same part again
 * changes nothing.
 *
 * @param rows A few hundred.
 * @param seen What earlier parts of the same table had, where a row must not be there again.
 * @param apply False to be told only what would become of each.
 */
export async function importPersonRows(
  services: Services,
  schoolId: string,
  rows: readonly Numbered[],
  seen: SeenRows,
  apply = true,
): Promise<{ outcomes: RowOutcome[]; personIds: string[] }> {
  const outcomes = new Map<number, RowOutcome>()
  const good: { line: number; row: PersonRow }[] = []
  for (const { line, cells } of rows) {
    const read = readRow(personRowSchema, line, cells)
    const refused = 'refused' in read ? read.refused : refuseRepeat(line, read.row, seen)
    if (refused) outcomes.set(line, refused)
    else if ('row' in read) good.push({ line, row: read.row })
  }
  const found = await findFilePeople(
    services,
    schoolId,
    good.map(({ row }) => row),
  )
  const known = found.flatMap((who) => (who.known ? [who.personId] : []))
  const current = await findCurrent(services.db.pool, schoolId, known)
  const taken: { line: number; person: RegisterPerson; who: FilePerson }[] = []
  const renamed: { personId: string; details: PersonDetails }[] = []
  for (const [i, { line, row }] of good.entries()) {
    const who = found[i]
    if (!who) throw new Error('somebody of the table was lost')
    const before = current.get(who.personId)
    const details = before && (await unsealPerson(services, schoolId, who.personId, before.sealed))
    const person = merge(row, before, details)
    if (typeof person === 'string') {
      outcomes.set(line, refuseRow(line, person))
      continue
    }
    taken.push({ line, person, who })
    const { name, cardNo, phone } = person
    if (details && (details.name !== name || details.phone !== phone)) {
      const { personId } = who
      renamed.push({ personId, details: { name, cardNo, ...(phone !== undefined && { phone }) } })
    }
  }
  const personIds = taken.map(({ who }) => who.personId)
  const people = taken.map(({ person }) => person)
  const others = new Set([
    ...renamed.map(({ personId }) => personId),
    ...(await planTokens(services, schoolId, people, personIds)).changed,
  ])
  for (const { line, person, who } of taken) {
    const outcome = tellOutcome(person, current.get(who.personId), others.has(who.personId))
    outcomes.set(line, { line, outcome })
  }
  if (apply && taken.length > 0) {
    const whos = taken.map(({ who }) => who)
    await importPeople(services, schoolId, people, whos)
    await rename(services, schoolId, renamed)
    const fresh = taken.flatMap(({ who }) => (who.known ? [] : [who.personId]))
    await inTransaction(services.db.pool, (tx) => assignProfilesOf(tx, schoolId, fresh))
  }
  return { outcomes: rows.flatMap(({ line }) => outcomes.get(line) ?? []), personIds }
}

/** What a table has had so far that it may have once only. */
export interface SeenRows {
  cardNos: Set<string>
  tokens: Set<string>
}

function refuseRepeat(line: number, row: PersonRow, seen: SeenRows): RowOutcome | undefined {
  const { cardNo, cardTokens, faceTokens } = row
  if (seen.cardNos.has(cardNo)) return refuseRow(line, 'TWICE', ['cardNo'])
  if ((cardTokens === undefined) !== (faceTokens === undefined)) {
    return refuseRow(line, 'TOKENS_APART', ['cardTokens', 'faceTokens'])
  }
  const tokens = [
    ...(cardTokens ?? []).map((value) => `card ${value}`),
    ...(faceTokens ?? []).map((value) => `face ${value}`),
  ]
  if (new Set(tokens).size < tokens.length || tokens.some((token) => seen.tokens.has(token))) {
    return refuseRow(line, 'TOKEN_TWICE', ['cardTokens', 'faceTokens'])
  }
  seen.cardNos.add(cardNo)
  for (const token of tokens) seen.tokens.add(token)
  return undefined
}

/** What the school says, and what it said before of whatever it says nothing of now. */
function merge(
  row: PersonRow,
  before: CurrentPerson | undefined,
  details: PersonDetails | undefined,
): RegisterPerson | 'NAME_MISSING' | 'HAS_LEFT' {
  const name = row.name ?? details?.name
  const personClass = row.class ?? before?.class
  if (name === undefined || personClass === undefined) return 'NAME_MISSING'
  if (before?.card_status === 'closed' && row.left === false) return 'HAS_LEFT'
  const phone = row.phone === undefined ? details?.phone : row.phone
  const campus = row.campus === undefined ? before?.campus : row.campus
  return {
    cardNo: row.cardNo,
    name,
    class: personClass,
    ...(phone && { phone }),
    ...(campus && { campus }),
    groups: row.groups ?? before?.groups ?? [],
    claimed: false,
    left: row.left ?? false,
    urgeAgreement: row.urgeAgreement ?? before?.agreement_urged ?? false,
    cardTokens: row.cardTokens,
    faceTokens: row.faceTokens,
    oneCard: row.oneCard ?? true,
  }
}

function tellOutcome(
  person: RegisterPerson,
  before: CurrentPerson | undefined,
  differs: boolean,
): RowOutcome['outcome'] {
  if (!before) return 'added'
  if (person.left && before.card_status !== 'closed') return 'closed'
  const same =
    !differs &&
    person.class === before.class &&
    (person.campus ?? null) === before.campus &&
    person.urgeAgreement === before.agreement_urged &&
    [...new Set(person.groups)].sort().join('\n') === before.groups.join('\n')
  return same ? 'same' : 'changed'
}

async function rename(
  services: Services,
  schoolId: string,
  renamed: readonly { personId: string; details: PersonDetails }[],
): Promise<void> {
  if (renamed.length === 0) return
  const sealed = await Promise.all(
    renamed.map(async ({ personId, details }) => ({
      personId,
      sealed: await sealPerson(services, schoolId, personId, details),
      maskedName: maskName(details.name),
    })),
  )
  await inTransaction(services.db.pool, async (tx) => {
    for (const each of sealed) await saveDetails(tx, schoolId, each)
  })
}
