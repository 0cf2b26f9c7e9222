import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { campusSchema, PriceRule } from '@campus-ecode/protocol/campus'
import { type Demo, demoSchema } from '@campus-ecode/protocol/demo'
import type { PersonClass } from '@campus-ecode/protocol/shapes'
import type pg from 'pg'
import type { z } from 'zod'
import type { WorldLine, WorldPerson } from './diary.ts'
import { runChild } from './processes/children.ts'

const SCHOOL_ID = '2001'
const CLASSES: PersonClass[] = ['student', 'student', 'teacher', 'external', 'visitor']
const MERCHANTS = 4
const TERMINALS_EACH = 16

/**
 * Kinds of people, by what binds when they pay.
 * - plenty: nothing does.
 * - spender: pays so much at a time that the day's limit is soon near.
 * - short: the wallet is soon empty; then the bank card pays, until that is empty too.
 * - poor: has a little in the wallet and no card behind it.
 * - oneCard: has nothing but a one-card account.
 * - edge: stands where the day's limit has room for one more payment; pays the list price.
 */
export const KINDS = { plenty: 28, spender: 12, short: 16, poor: 14, oneCard: 14, edge: 4 }
export type Kind = keyof typeof KINDS

const MONEY: Record<Kind, { walletFen: number; bankFen: number; oneCardFen: number }> = {
  plenty: { walletFen: 60_000, bankFen: 500_000, oneCardFen: 30_000 },
  spender: { walletFen: 150_000, bankFen: 500_000, oneCardFen: 50_000 },
  short: { walletFen: 2_500, bankFen: 40_000, oneCardFen: 4_000 },
  poor: { walletFen: 4_000, bankFen: 100_000, oneCardFen: 1_500 },
  edge: { walletFen: 120_000, bankFen: 500_000, oneCardFen: 500_000 },
  oneCard: { walletFen: 0, bankFen: 0, oneCardFen: 20_000 },
}

export interface Person {
  id: string
  kind: Kind
  phone: string
  hasWallet: boolean
  /** The core's name for the card bound now. */
  cardId: string | undefined
}

export interface Till {
  id: string
  merchantId: string
  keyId: string
  secret: string
}

export interface World {
  schoolId: string
  people: Person[]
  tills: Till[]
}

interface Member {
  kind: Kind
  personClass: PersonClass
  cardNo: string
  token: string
  phone: string
}

/** Who there will be: the same people each time, so that a seed is all that a run depends on. */
const members: Member[] = Object.entries(KINDS).flatMap(([kind, count], group) =>
  Array.from({ length: count }, (_, i) => {
    const number = `${group + 1}${String(i).padStart(3, '0')}`
    return {
      kind: kind as Kind,
      personClass: kind === 'edge' ? 'teacher' : (CLASSES[i % CLASSES.length] ?? 'student'),
      cardNo: `H${number}`,
      token: `card-h${number}`,
      phone: `1200000${number}`,
    }
  }),
)

/** What the bank and the one-card system hold, as their sandbox reads it. */
export async function writeOutsideAccounts(file: string): Promise<void> {
  const bank = members
    .filter(({ kind }) => kind !== 'oneCard')
    .map(({ kind, token }) => {
      const { walletFen, bankFen } = MONEY[kind]
      return { account: token, balanceFen: walletFen + bankFen }
    })
  const oneCard = members.map(({ kind, cardNo }) => {
    return { account: cardNo, balanceFen: MONEY[kind].oneCardFen }
  })
  await writeFile(file, JSON.stringify({ bank, oneCard }))
}

/**
 * Has the core bring the school into a database of its own under `dataDir`.
 *
 * @returns What terminals and phones need of it.
 */
export async function importWorld(options: {
  coreDir: string
  dataDir: string
  env: Record<string, string>
}): Promise<Demo> {
  const { coreDir, dataDir, env } = options
  const file = join(dataDir, 'campus.json')
  const out = join(dataDir, 'demo.json')
  await writeFile(file, JSON.stringify(toCampus()))
  await runChild(
    process.execPath,
    [join(coreDir, 'dist/cli.js'), 'import-campus', file, '--out', out],
    { env: { PATH: process.env.PATH, ...env } },
  )
  return demoSchema.parse(JSON.parse(await readFile(out, 'utf8')))
}

/** Takes the cards from those who shall have none behind their wallet, and writes down who has what. */
export async function describeWorld(
  client: pg.Client,
  demo: Demo,
  seed: number,
): Promise<{ world: World; line: WorldLine }> {
  const idOf = new Map(demo.people.map(({ cardNo, id }) => [cardNo, id]))
  const poor = members.filter(({ kind }) => kind === 'poor').map(({ cardNo }) => idOf.get(cardNo))
  await client.query('update bank_cards set unbound_at = now() where person_id = any($1)', [poor])
  await client.query('update payers set bank_card_id = null where person_id = any($1)', [poor])

  const payers = await client.query<{ person_id: string; wallet_fen: string }>(
    'select person_id, wallet_fen from payers',
  )
  const payerOf = new Map(payers.rows.map((row) => [row.person_id, row]))
  const cards = await client.query<{ person_id: string; card_id: string }>(
    'select person_id, card_id from bank_cards where unbound_at is null',
  )
  const cardOf = new Map(cards.rows.map((row) => [row.person_id, row.card_id]))
  const limits = await client.query<{ single: string; daily: string }>(
    'select single_limit_fen as single, daily_limit_fen as daily from schools',
  )
  const people = members.map((member): WorldPerson => {
    const id = idOf.get(member.cardNo) ?? ''
    const payer = payerOf.get(id)
    if (!payer) throw new Error('the import has left somebody out')
    return {
      id,
      class: member.personClass,
      walletFen: Number(payer.wallet_fen),
      bankAccount: member.kind === 'oneCard' ? null : member.token,
      oneCardAccount: member.cardNo,
    }
  })
  return {
    world: {
      schoolId: demo.school.id,
      people: members.map(({ kind, cardNo, phone }) => {
        const id = idOf.get(cardNo) ?? ''
        return { id, kind, phone, hasWallet: kind !== 'oneCard', cardId: cardOf.get(id) }
      }),
      tills: demo.terminals,
    },
    line: {
      line: 'world',
      seed,
      atMs: Date.now(),
      schoolId: demo.school.id,
      people,
      merchants: demo.merchants.map(({ id }) => ({ id, priceRules: PRICE_RULES })),
      terminals: demo.terminals.map(({ id, merchantId }) => ({ id, merchantId })),
      singleLimitFen: Number(limits.rows[0]?.single),
      dailyLimitFen: Number(limits.rows[0]?.daily),
    },
  }
}

const PRICE_RULES: PriceRule[] = [
  { class: 'student', permille: 900, name: { 'zh-CN': '学生九折', en: 'Student 10 % off' } },
  { class: 'external', permille: 1150, name: { 'zh-CN': '校外加价', en: 'External surcharge' } },
]

/** As it is written: what the schema fills in is left out. */
function toCampus(): z.input<typeof campusSchema> {
  return {
    school: {
      id: SCHOOL_ID,
      name: '历史大学',
      nameEn: 'History University',
      accent: '#1d4ed8',
      supportContact: '',
      origins: [],
    },
    people: members.map(({ kind, personClass, cardNo, token, phone }) => ({
      cardNo,
      name: '某某',
      class: personClass,
      phone,
      claimed: true,
      groups: [],
      left: false,
      urgeAgreement: false,
      oneCard: true,
      ...(kind !== 'oneCard' && {
        wallet: {
          bankCard: { token, bankName: '云谷银行', tail: token.slice(-4) },
          topUpFen: MONEY[kind].walletFen,
        },
      }),
    })),
    merchants: Array.from({ length: MERCHANTS }, (_, i) => ({
      key: `m${i}`,
      name: `食堂${i + 1}`,
      priceRules: PRICE_RULES,
      terminals: Array.from({ length: TERMINALS_EACH }, (_, j) => ({ name: `窗口${j + 1}` })),
    })),
    gates: [],
    accessPolicies: [],
  }
}
