import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Campus, TerminalKind } from '@campus-ecode/protocol/campus'
import type { Demo } from '@campus-ecode/protocol/demo'
import { assignProfiles } from '../access/profiles.ts'
import { chooseAlgorithm } from '../access-keys/choose-algorithm.ts'
import { findRootKey } from '../access-keys/find-root-key.ts'
import { inTransaction, type Tx } from '../db/database.ts'
import { terminalKeyContext } from '../http/caller-keys.ts'
import type { Services } from '../http/operation.ts'
import { createTurnstile } from '../keys/turnstile.ts'
import { setSchoolEndpoint } from '../webhooks/school-endpoint.ts'
import { CampusError, SchoolExists } from './campus-error.ts'
import { firstTopUp } from './first-top-up.ts'
import { importGates, importPolicies, planPolicies } from './import-gates.ts'
import { findFilePeople, importPeople } from './import-people.ts'
import { importServices } from './import-services.ts'
import { importTariff, importUtilities } from './import-utilities.ts'
import { importWays } from './import-ways.ts'
import { findSchool, findTerminal, saveMerchant, saveSchool, saveTerminal } from './store.ts'

export interface ImportReport {
  demo: Demo
  peopleAdded: number
  /** Top-ups that the bank has not decided yet; a running core goes on asking. */
  topUpsOpen: number
  topUpsDeclined: number
}

/** What has keys and secrets. */
export type Made = Pick<Demo, 'merchants' | 'terminals' | 'gates'> & { secret: string }

/** Advisory lock of whoever imports, so that two imports at once do not make everything twice. */
const IMPORT_LOCK = 7_100_003

/**
 * Brings a school with its merchants, terminals, people, gates and access policies into the database. It may be
 * repeated: people are known again by card number, the rest by name, and first top-ups are taken once.
 *
 * @param known What an earlier import gave out. Secrets in it that are still right are kept; all
 * others are replaced, because only hashes and sealed keys of them are stored.
 * @param tell Where given, the school must be new (throws SchoolExists), and this is awaited before it is committed.
 * Throws CampusError, having changed nothing, when the file names somebody or something twice, a policy somebody who is not
 * in it, or more than gates and credentials have room for.
 */
export async function importCampus(
  services: Services,
  campus: Campus,
  urls: Pick<Demo, 'bffUrl' | 'coreUrl' | 'demoUrl'>,
  known: Demo | undefined,
  tell?: (made: Made) => Promise<void>,
): Promise<ImportReport> {
  refuseRepeats(campus)
  refuseStrangers(campus)
  return importAlone(services, async () => {
    const { id } = campus.school
    if (tell && (await findSchool(services.db.pool, id))) {
      throw new SchoolExists(`there is a school ${id}`)
    }
    return importLocked(services, campus, urls, known, tell)
  })
}

const IMPORTS_WAITING_MAX = 100
/** Of one process: whoever waits for the lock holds a connection, and payments need those. */
const takeTurn = createTurnstile(1, IMPORTS_WAITING_MAX)

/** Does the work while nobody else imports. Throws Busy when too many wait already. */
export function importAlone<T>(services: Pick<Services, 'db'>, work: () => Promise<T>): Promise<T> {
  return takeTurn(() => underLock(services, work))
}

async function underLock<T>({ db }: Pick<Services, 'db'>, work: () => Promise<T>): Promise<T> {
  const lock = await db.pool.connect()
  try {
    // Another import may take its time.
    await lock.query('set statement_timeout = 0')
    await lock.query('select pg_advisory_lock($1)', [IMPORT_LOCK])
    return await work()
  } finally {
    lock.release(true) // Closing the connection ends the lock.
  }
}

async function importLocked(
  services: Services,
  campus: Campus,
  urls: Pick<Demo, 'bffUrl' | 'coreUrl' | 'demoUrl'>,
  known: Demo | undefined,
  tell: ((made: Made) => Promise<void>) | undefined,
): Promise<ImportReport> {
  const schoolId = campus.school.id
  const { pool } = services.db
  const filePeople = await findFilePeople(services, schoolId, campus.people)
  const policies = await planPolicies(services, campus, filePeople)
  const { secret, merchants, terminals, gates } = await inTransaction(pool, async (tx) => {
    const imported = {
      secret: await importSchool(tx, services, campus.school, known),
      ...(await importMerchants(tx, services, campus, known)),
      gates: await importGates(tx, services, campus, known),
    }
    await importPolicies(tx, services, schoolId, policies)
    await importServices(tx, campus)
    await tell?.(imported)
    return imported
  })
  const { people, added } = await importPeople(services, schoolId, campus.people, filePeople)
  // Of those, too, whom nothing but the policies tells apart now, or no more.
  await assignProfiles(services, schoolId)
  const outcomes = []
  for (const [i, { wallet, left }] of campus.people.entries()) {
    const { personId, bankCardId } = people[i] ?? {}
    if (left || !wallet?.topUpFen || !personId || !bankCardId) continue
    const { topUpFen: amountFen } = wallet
    outcomes.push(await firstTopUp(services, { schoolId, personId, bankCardId, amountFen }))
  }
  // Payments may begin at once, and must not be planned as if these tables were nearly empty. Those that
  // are empty are left alone: an analyzed empty table is worse to plan for than an unknown one.
  await pool.query('analyze people, payers, terminals, merchants')
  return {
    demo: {
      ...urls,
      school: { id: schoolId, secret },
      people: campus.people.map((person, i) => ({
        id: people[i]?.personId ?? '',
        cardNo: person.cardNo,
        name: person.name,
        class: person.class,
        tokens: [
          ...person.cardTokens.map((value) => ({ kind: 'card' as const, value })),
          ...person.faceTokens.map((value) => ({ kind: 'face' as const, value })),
        ],
      })),
      merchants,
      terminals,
      gates,
      accessRoot: await findRootKey(services, schoolId),
    },
    peopleAdded: added,
    topUpsOpen: outcomes.filter((outcome) => outcome === 'open').length,
    topUpsDeclined: outcomes.filter((outcome) => outcome === 'declined').length,
  }
}

async function importSchool(
  tx: Tx,
  { keys }: Services,
  school: Campus['school'],
  known: Demo | undefined,
): Promise<string> {
  const stored = await findSchool(tx, school.id)
  const given = known?.school.id === school.id ? known.school.secret : undefined
  const keep = given && stored && timingSafeEqual(hashSecret(given), stored.secret_hash)
  const secret = keep ? given : randomBytes(32).toString('base64url')
  await saveSchool(tx, school, hashSecret(secret))
  await setSchoolEndpoint(tx, keys, school.id, school.webhookUrl)
  if (school.accessAlgorithm) await chooseAlgorithm(tx, school.id, school.accessAlgorithm)
  return secret
}

function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

async function importMerchants(
  tx: Tx,
  services: Services,
  campus: Campus,
  known: Demo | undefined,
): Promise<Pick<Demo, 'merchants' | 'terminals'>> {
  const schoolId = campus.school.id
  const merchants: Demo['merchants'] = []
  const terminals: Demo['terminals'] = []
  for (const merchant of campus.merchants) {
    const merchantId = await saveMerchant(tx, schoolId, services.newId(), merchant)
    merchants.push({ id: merchantId, name: merchant.name })
    for (const terminal of merchant.terminals) {
      const { name, kind } = terminal
      const place = { schoolId, merchantId, name, kind }
      const imported = await importTerminal(tx, services, place, known)
      await importTariff(tx, schoolId, imported.id, terminal)
      terminals.push(await importWays(tx, services, schoolId, imported, terminal, known))
    }
  }
  const ids = campus.merchants.map(({ key }, i) => [key, merchants[i]?.id ?? ''] as const)
  await importUtilities(tx, services, campus, new Map(ids))
  return { merchants, terminals }
}

async function importTerminal(
  tx: Tx,
  { keys, newId }: Services,
  place: { schoolId: string; merchantId: string; name: string; kind: TerminalKind },
  known: Demo | undefined,
): Promise<Demo['terminals'][number]> {
  const { schoolId, merchantId, name, kind } = place
  const stored = await findTerminal(tx, schoolId, merchantId, name)
  const given = known?.terminals.find(
    ({ id, keyId }) => id === stored?.terminal_id && keyId === stored.key_id,
  )
  if (stored && given) {
    const context = terminalKeyContext(schoolId, stored.terminal_id)
    const secret = await keys.open(context, stored.sealed_key)
    // Everything but the key is as the file says now.
    if (stored.kind === kind && secret === given.secret) return { ...given, name, kind, merchantId }
  }
  return keyTerminal(tx, { keys }, { ...place, terminalId: stored?.terminal_id ?? newId() })
}

/** Gives a terminal, which may be new, a key; the secret is told this once. */
export async function keyTerminal(
  tx: Tx,
  { keys }: Pick<Services, 'keys'>,
  place: {
    schoolId: string
    merchantId: string
    terminalId: string
    name: string
    kind: TerminalKind
  },
): Promise<Demo['terminals'][number]> {
  const { schoolId, merchantId, terminalId, name, kind } = place
  const keyId = `${schoolId}.t.${randomBytes(12).toString('base64url')}`
  const secret = randomBytes(32).toString('base64url')
  const sealedKey = await keys.seal(terminalKeyContext(schoolId, terminalId), secret)
  await saveTerminal(tx, { ...place, keyId, sealedKey })
  return { id: terminalId, name, kind, merchantId, keyId, secret }
}

/** Told by place alone: a card number must not get into a log. */
function refuseRepeats(campus: Campus): void {
  const { people, merchants, utilities, services, gates, accessPolicies } = campus
  const refuse = (list: string[], what: string) => {
    const at = list.findIndex((value, i) => list.indexOf(value) !== i)
    if (at >= 0) throw new CampusError(`${what}, entry ${at + 1}, is there twice`)
  }
  const cardNos = new Set<string>()
  for (const [i, { cardNo }] of people.entries()) {
    if (cardNos.has(cardNo)) throw new CampusError(`people, entry ${i + 1}, is there twice`)
    cardNos.add(cardNo)
  }
  refuse(
    people.flatMap(({ cardTokens }) => cardTokens),
    'cardTokens of all people',
  )
  refuse(
    people.flatMap(({ faceTokens }) => faceTokens),
    'faceTokens of all people',
  )
  refuse(
    merchants.map(({ name }) => name),
    'merchants',
  )
  refuse(
    merchants.map(({ key }) => key),
    'keys of merchants',
  )
  refuse(
    utilities.map(({ name }) => name),
    'utilities',
  )
  refuse(
    services.map(({ id }) => id),
    'services',
  )
  refuse(
    gates.map(({ name }) => name),
    'gates',
  )
  refuse(
    accessPolicies.map(({ name }) => name),
    'accessPolicies',
  )
  for (const { name, terminals } of merchants) {
    refuse(
      terminals.map((terminal) => terminal.name),
      `terminals of ${name}`,
    )
  }
}

function refuseStrangers({ people, accessPolicies }: Campus): void {
  const cardNos = new Set(people.map(({ cardNo }) => cardNo))
  for (const [i, policy] of accessPolicies.entries()) {
    if (policy.cardNos.every((cardNo) => cardNos.has(cardNo))) continue
    throw new CampusError(
      `accessPolicies, entry ${i + 1}, names somebody who is not among the people`,
    )
  }
}
