import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runChild } from '@campus-ecode/processes/children'
import type { campusSchema, PriceRule } from '@campus-ecode/protocol/campus'
import { type Demo, demoSchema } from '@campus-ecode/protocol/demo'
import type { PersonClass } from '@campus-ecode/protocol/shapes'
import type pg from 'pg'
import type { z } from 'zod'
import type { WorldLine, WorldPerson } from './diary.ts'

const SCHOOL_ID = '2001'
/** Of the school's page, where a keypad goes back to. */
export const SCHOOL_ORIGIN = 'https://school.history.test'
const CLASSES: PersonClass[] = ['student', 'student', 'teacher', 'external', 'visitor']
const NAME = '某某'
const BANK_NAME = '云谷银行'
const MERCHANTS = 4
const TERMINALS_EACH = 16

/**
 * Kinds of people, by what binds when they pay.
 * - plenty: nothing does.
 * - spender: pays so much at a time that the day's limit is soon near.
 * - short: the wallet is soon empty; then the bank card pays, until that is empty too.
 * - poor: has a little in the wallet and no card behind it.
 * - oneCard: has nothing but a one-card account.
 * - careful: has a payment password, plenty of money, and limits above what goes without it.
 * - carded: the same with next to nothing in the wallet: the bank card pays.
 * - tight: has a payment password and no card, and little room in wallet and day for a second payment.
 * - swiper: has a payment password and a card that is swiped, while its agreement is signed and cancelled.
 * - bather: has a water password, and showers.
 * - phoner: has a payment password, scans collection codes, tops up a room, and pays great orders online.
 * - orderer: pays online orders, some by the bank card behind a small wallet.
 * - wechatter: has bound WeChat, and shows its code at tills.
 * - edge: stands where the day's limit has room for one more payment; pays the list price.
 */
export const KINDS = {
  plenty: 28,
  spender: 12,
  short: 16,
  poor: 14,
  oneCard: 14,
  edge: 4,
  careful: 14,
  carded: 7,
  tight: 7,
  swiper: 6,
  bather: 2,
  phoner: 2,
  orderer: 5,
  wechatter: 2,
}
export type Kind = keyof typeof KINDS

const MONEY: Record<Kind, { walletFen: number; bankFen: number; oneCardFen: number }> = {
  plenty: { walletFen: 60_000, bankFen: 500_000, oneCardFen: 30_000 },
  spender: { walletFen: 150_000, bankFen: 500_000, oneCardFen: 50_000 },
  short: { walletFen: 2_500, bankFen: 40_000, oneCardFen: 4_000 },
  poor: { walletFen: 4_000, bankFen: 100_000, oneCardFen: 1_500 },
  edge: { walletFen: 120_000, bankFen: 500_000, oneCardFen: 500_000 },
  oneCard: { walletFen: 0, bankFen: 0, oneCardFen: 20_000 },
  careful: { walletFen: 400_000, bankFen: 900_000, oneCardFen: 400_000 },
  carded: { walletFen: 300, bankFen: 2_000_000, oneCardFen: 50_000 },
  tight: { walletFen: 62_000, bankFen: 0, oneCardFen: 0 },
  swiper: { walletFen: 300_000, bankFen: 100_000, oneCardFen: 0 },
  bather: { walletFen: 200_000, bankFen: 0, oneCardFen: 0 },
  phoner: { walletFen: 400_000, bankFen: 0, oneCardFen: 0 },
  orderer: { walletFen: 15_000, bankFen: 300_000, oneCardFen: 0 },
  wechatter: { walletFen: 1_000, bankFen: 0, oneCardFen: 0 },
}

/** Who has a payment password, and the limits that it allows (R15). */
const BY_PASSWORD: Partial<Record<Kind, { singleFen: number; dailyFen: number }>> = {
  careful: { singleFen: 50_000, dailyFen: 500_000 },
  carded: { singleFen: 50_000, dailyFen: 500_000 },
  tight: { singleFen: 45_000, dailyFen: 70_000 },
  swiper: { singleFen: 50_000, dailyFen: 500_000 },
  bather: { singleFen: 50_000, dailyFen: 500_000 },
  phoner: { singleFen: 50_000, dailyFen: 500_000 },
}
/** Whoever pays in other ways does nothing else. */
export const WAY_KINDS: Kind[] = ['bather', 'phoner', 'orderer', 'wechatter']
/** Rooms that the utilities know. */
export const ROOMS = { electricity: '3-0412', network: 'N20417' } as const
const CARDLESS: Kind[] = ['poor', 'tight']

/** How long a till waits for the password; below what the product lets a school choose. */
const PASSWORD_WAIT_SECONDS = 5

export interface Person {
  id: string
  kind: Kind
  phone: string
  hasWallet: boolean
  hasPassword: boolean
  /** The core's name for the bank card bound now. */
  cardId: string | undefined
  /** R29: what a reader gives for the card in their pocket. */
  swipedCard?: string
}

export interface Till {
  id: string
  merchantId: string
  keyId: string
  secret: string
}

/** A till that the other ways have for themselves, with its printed code. */
export interface WayTill extends Till {
  collectionUrl: string
}

export interface Utility {
  id: string
  accountNo: string
}

export interface World {
  schoolId: string
  people: Person[]
  tills: Till[]
  ways: { tills: WayTill[]; onlines: Till[]; showers: Till[]; utilities: Utility[] }
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
    .map(({ kind, token, phone }) => {
      const { walletFen, bankFen } = MONEY[kind]
      // What the bank knows of a card is asked for where a payment password is set.
      const card = kind in BY_PASSWORD && {
        name: NAME,
        idNumber: `ID-${token}`,
        cardNo: `6222000${phone}`,
        phone,
        bankName: BANK_NAME,
      }
      return { account: token, balanceFen: walletFen + bankFen, ...(card && { card }) }
    })
  const oneCard = members.map(({ kind, cardNo }) => {
    return { account: cardNo, balanceFen: MONEY[kind].oneCardFen }
  })
  const utilities = Object.entries(ROOMS).map(([utility, accountNo]) => {
    return { utility, accountNo, label: accountNo, balanceFen: 0 }
  })
  await writeFile(file, JSON.stringify({ bank, oneCard, utilities }))
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
  const cardless = members
    .filter(({ kind }) => CARDLESS.includes(kind))
    .map(({ cardNo }) => idOf.get(cardNo))
  await client.query('update bank_cards set unbound_at = now() where person_id = any($1)', [
    cardless,
  ])
  await client.query('update payers set bank_card_id = null where person_id = any($1)', [cardless])
  for (const { kind, cardNo } of members) {
    const limits = BY_PASSWORD[kind]
    if (!limits) continue
    await client.query(
      'update payers set single_limit_fen = $2, daily_limit_fen = $3 where person_id = $1',
      [idOf.get(cardNo), limits.singleFen, limits.dailyFen],
    )
  }
  await client.query('alter table schools drop constraint schools_password_wait_seconds_check')
  await client.query('update schools set password_wait_seconds = $1', [PASSWORD_WAIT_SECONDS])

  const payers = await client.query<
    Record<'person_id' | 'wallet_fen' | 'single' | 'daily', string>
  >(
    `select person_id, wallet_fen, single_limit_fen as single, daily_limit_fen as daily from payers`,
  )
  const payerOf = new Map(payers.rows.map((row) => [row.person_id, row]))
  const cards = await client.query<{ person_id: string; card_id: string }>(
    'select person_id, card_id from bank_cards where unbound_at is null',
  )
  const cardOf = new Map(cards.rows.map((row) => [row.person_id, row.card_id]))
  const { rows: schools } = await client.query<{ above: string; daily: string; statics: string }>(
    `select password_above_fen as above, password_daily_fen as daily, static_daily_fen as statics
       from schools`,
  )
  const { rows: utilities } = await client.query<{
    utility_id: string
    kind: keyof typeof ROOMS
    terminal_id: string
    merchant_id: string
  }>(
    `select u.utility_id, u.kind, u.terminal_id, t.merchant_id
       from utilities u join terminals t on t.school_id = u.school_id and t.terminal_id = u.terminal_id
      order by u.kind`,
  )
  const ordinary = new Set(demo.merchants.slice(0, MERCHANTS).map(({ id }) => id))
  const elsewhere = demo.terminals.filter(({ merchantId }) => !ordinary.has(merchantId))
  const ofKind = (kind: Demo['terminals'][number]['kind']) =>
    elsewhere.filter((terminal) => terminal.kind === kind)
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
      singleLimitFen: Number(payer.single),
      dailyLimitFen: Number(payer.daily),
    }
  })
  return {
    world: {
      schoolId: demo.school.id,
      people: members.map(({ kind, cardNo, phone }) => {
        const id = idOf.get(cardNo) ?? ''
        const [hasWallet, hasPassword] = [kind !== 'oneCard', kind in BY_PASSWORD]
        const swiped = kind === 'swiper' && { swipedCard: swipedCardOf(cardNo) }
        return { id, kind, phone, hasWallet, hasPassword, cardId: cardOf.get(id), ...swiped }
      }),
      tills: demo.terminals.filter(({ merchantId }) => ordinary.has(merchantId)),
      ways: {
        tills: ofKind('till').map((till) => ({ ...till, collectionUrl: till.collectionUrl ?? '' })),
        onlines: ofKind('online'),
        showers: ofKind('shower'),
        utilities: utilities.map(({ utility_id, kind }) => ({
          ...{ id: utility_id, accountNo: ROOMS[kind] },
        })),
      },
    },
    line: {
      line: 'world',
      seed,
      atMs: Date.now(),
      schoolId: demo.school.id,
      people,
      merchants: demo.merchants.map(({ id, name }) => ({
        id,
        priceRules: name === LOGISTICS ? [] : PRICE_RULES,
      })),
      terminals: demo.terminals
        .filter(({ merchantId }) => ordinary.has(merchantId))
        .map(({ id, merchantId }) => ({ id, merchantId })),
      passwordAboveFen: Number(schools[0]?.above),
      passwordDailyFen: Number(schools[0]?.daily),
      passwordWaitMs: PASSWORD_WAIT_SECONDS * 1_000,
      ways: {
        people: people.filter((_, i) => isApart(members[i])).map(({ id }) => id),
        terminals: [
          ...elsewhere.map(({ id, merchantId, kind }) => ({ id, merchantId, kind })),
          ...utilities.map(({ terminal_id: id, merchant_id: merchantId }) => {
            return { id, merchantId, kind: 'utility' as const }
          }),
        ],
        staticDailyFen: Number(schools[0]?.statics),
      },
    },
  }
}

function isApart(member: Member | undefined): boolean {
  return member !== undefined && WAY_KINDS.includes(member.kind)
}

const PRICE_RULES: PriceRule[] = [
  { class: 'student', permille: 900, name: { 'zh-CN': '学生九折', en: 'Student 10 % off' } },
  { class: 'external', permille: 1150, name: { 'zh-CN': '校外加价', en: 'External surcharge' } },
]

/** Is paid what the utility credits. */
const LOGISTICS = '后勤'

/** What a reader gives for somebody's card. */
const swipedCardOf = (cardNo: string) => `swiped-${cardNo}`

/** As it is written: what the schema fills in is left out. */
function toCampus(): z.input<typeof campusSchema> {
  return {
    school: {
      id: SCHOOL_ID,
      name: '历史大学',
      nameEn: 'History University',
      accent: '#1d4ed8',
      supportContact: '',
      origins: [SCHOOL_ORIGIN],
    },
    people: members.map(({ kind, personClass, cardNo, token, phone }) => ({
      cardNo,
      cardTokens: kind === 'swiper' ? [swipedCardOf(cardNo)] : [],
      name: NAME,
      class: personClass,
      phone,
      claimed: true,
      groups: [],
      left: false,
      urgeAgreement: false,
      oneCard: true,
      ...(kind !== 'oneCard' && {
        wallet: {
          bankCard: { token, bankName: BANK_NAME, tail: token.slice(-4) },
          topUpFen: MONEY[kind].walletFen,
        },
      }),
    })),
    merchants: [
      ...Array.from({ length: MERCHANTS }, (_, i) => ({
        key: `m${i}`,
        name: `食堂${i + 1}`,
        priceRules: PRICE_RULES,
        terminals: Array.from({ length: TERMINALS_EACH }, (_, j) => ({ name: `窗口${j + 1}` })),
      })),
      {
        ...{ key: 'shop', name: '小店', priceRules: PRICE_RULES },
        terminals: Array.from({ length: 3 }, (_, i) => ({ name: `柜台${i + 1}` })),
      },
      {
        ...{ key: 'online', name: '订餐', priceRules: PRICE_RULES },
        terminals: Array.from({ length: 2 }, (_, i) => ({
          ...{ name: `网店${i + 1}`, kind: 'online' as const },
        })),
      },
      {
        ...{ key: 'bath', name: '浴室', priceRules: PRICE_RULES },
        terminals: Array.from({ length: 3 }, (_, i) => ({
          ...{ name: `淋浴${i + 1}`, kind: 'shower' as const },
          // So much that a second or two comes to money.
          water: { fenPer10Litres: 400, litresPerMinuteMax: 200 },
        })),
      },
      { key: 'logistics', name: LOGISTICS, terminals: [] },
    ],
    utilities: (Object.keys(ROOMS) as (keyof typeof ROOMS)[]).map((kind) => ({
      ...{ kind, name: kind, merchantKey: 'logistics' },
      accountWord: { 'zh-CN': '房间号', en: 'Room' },
    })),
    gates: [],
    accessPolicies: [],
  }
}
