import { createHash, ECDH, randomInt, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { AccessOverview, AccessRecord } from '@campus-ecode/protocol/access'
import { CREDENTIAL_BODY_BYTES } from '@campus-ecode/protocol/access-code'
import { routeCode } from '@campus-ecode/protocol/code-route'
import { consentTexts } from '@campus-ecode/protocol/consents'
import type {
  AddedRecords,
  GateRecord,
  GateSelf,
  GateUpdate,
  Identity,
  ZoneRecordPage,
} from '@campus-ecode/protocol/gate-api'
import { CREDENTIAL_HASH_BYTES, LIST_HEADER_BYTES } from '@campus-ecode/protocol/revocation-list'
import { createAccessSchool } from './access-school.ts'
import { type FakeCampus, type FakePerson, type FakeRefusal, maskName } from './fake-campus.ts'

type Outcome = { status: number; body: unknown } | FakeRefusal

export interface FakeGate extends Omit<GateSelf, 'schoolId' | 'serverTime'> {
  keyId: string
  secret: string
}

interface FakeCredential {
  credentialId: string
  person: FakePerson
  hash: Buffer
  revokedMs: number | undefined
  reason: 'signed_out' | 'consent_withdrawn'
}

interface FakeIdentityCode {
  person: FakePerson
  endsMs: number
  gateId?: string
}

type StoredRecord = GateRecord & { gate: FakeGate; replayed: boolean; revoked: boolean }
type Held = Record<'keys' | 'policy' | 'list', number>

const CREDENTIAL_MS = 86_400_000
const GUESSES_MAX = 3
const PAUSE_MS = 5_000

/** The access half of a core's books, in memory: enough to hold conform-core against. */
export class FakeAccess {
  readonly gates: FakeGate[] = [
    gate(1, '图书馆 东门', '图书馆', ['identity', 'records']),
    gate(2, '图书馆 借书处', '图书馆', ['identity']),
    gate(3, '3号楼 大门', '3号楼', ['records']),
    gate(4, '医务室', '医务室', ['identity']),
  ]
  readonly #campus: FakeCampus
  readonly #school
  /** Signs what a core with that fault tells. */
  readonly #otherSchool
  readonly #credentials: FakeCredential[] = []
  readonly #records: StoredRecord[] = []
  readonly #consented = new Set<string>()
  readonly #held = new Map<string, Held>()
  readonly #identityCodes = new Map<string, FakeIdentityCode>()
  readonly #guesses = new Map<string, { count: number; pausedUntilMs: number }>()
  /** The hashes of each list, by its number. */
  readonly #lists: Buffer[][] = [[], []]

  constructor(campus: FakeCampus) {
    this.#campus = campus
    this.#school = createAccessSchool(Math.floor(campus.now() / 1000))
    this.#otherSchool = createAccessSchool(Math.floor(campus.now() / 1000))
  }

  get root() {
    return this.#school.root
  }

  async answerGate(
    name: string,
    gateId: string,
    query: Record<string, string>,
    body: unknown,
  ): Promise<Outcome> {
    const own = this.gates.find(({ gateId: id }) => id === gateId) ?? this.gates[0]
    if (!own) throw new Error('there is a gate')
    switch (name) {
      case 'getGateUpdate':
        return { status: 200, body: await this.#update(own, query) }
      case 'addGateRecords':
        return { status: 200, body: this.#add(own, (body as { records: GateRecord[] }).records) }
      case 'checkIdentity':
        return this.#identify(own, (body as { code: string }).code)
      case 'getZoneRecords': {
        const may = own.permissions.includes('records') || this.#has('shows records to every gate')
        return may
          ? { status: 200, body: this.#zoneRecords(own) }
          : { refused: 'GATE_NOT_PERMITTED' }
      }
      default: {
        const { keyId: _, secret: __, ...self } = own
        const serverTime = this.#at()
        return { status: 200, body: { ...self, schoolId: this.#campus.school.id, serverTime } }
      }
    }
  }

  /** @returns undefined for a route that is none of access. */
  answerPerson(
    name: string,
    person: FakePerson,
    params: Record<string, string>,
    body: unknown,
  ): Outcome | undefined {
    switch (name) {
      case 'getAccess':
        return { status: 200, body: this.#overview(person) }
      case 'startCredential':
        return this.#sign(person, body as { publicKey: string; consent?: true })
      case 'endCredential':
        this.#revoke('signed_out', ({ credentialId }) => credentialId === params.credentialId)
        return { status: 200, body: {} }
      case 'withdrawConsent':
        this.#consented.delete(person.id)
        if (!this.#has('goes on without consent')) {
          this.#revoke('consent_withdrawn', (credential) => credential.person === person)
        }
        return { status: 200, body: this.#consents(person) }
      case 'issueIdentityCode':
        return { status: 201, body: this.#issueIdentityCode(person) }
      case 'getAccessRecords':
        return { status: 200, body: { records: this.#recordsOf(person), next: null } }
      default:
        return undefined
    }
  }

  #has(defect: Parameters<FakeCampus['has']>[0]): boolean {
    return this.#campus.has(defect)
  }

  #at(ms = this.#campus.now()): string {
    return new Date(ms).toISOString()
  }

  #sign(
    person: FakePerson,
    { publicKey, consent }: { publicKey: string; consent?: true },
  ): Outcome {
    const devicePublicKey = Buffer.from(publicKey, 'base64url')
    if (!isPoint(devicePublicKey) && !this.#has('takes any device key')) {
      return { refused: 'DEVICE_KEY_INVALID' }
    }
    if (consent) this.#consented.add(person.id)
    const consented = this.#consented.has(person.id) || this.#has('asks no consent')
    if (!consented) return { refused: 'CONSENT_REQUIRED' }
    const notBefore = Math.floor(this.#campus.now() / 1000) - 60
    const personClass = this.#has('gives everybody the same class') ? 'visitor' : person.class
    const credential = this.#school.signCredential(devicePublicKey, {
      class: personClass,
      notBefore,
    })
    const bytes = credential.subarray(0, CREDENTIAL_BODY_BYTES)
    const hash = createHash('sha256').update(bytes).digest().subarray(0, CREDENTIAL_HASH_BYTES)
    const credentialId = randomUUID()
    const fresh = {
      credentialId,
      person,
      hash,
      revokedMs: undefined,
      reason: 'signed_out' as const,
    }
    this.#credentials.push(fresh)
    const beginMs = notBefore * 1000
    return {
      status: 201,
      body: {
        credentialId,
        credential: Buffer.from(credential).toString('base64url'),
        notBefore: this.#at(beginMs),
        expiresAt: this.#at(beginMs + CREDENTIAL_MS),
        renewAt: this.#at(beginMs + CREDENTIAL_MS / 2),
        serverTime: this.#at(),
      },
    }
  }

  #revoke(reason: FakeCredential['reason'], which: (credential: FakeCredential) => boolean): void {
    const ended = this.#credentials.filter((each) => each.revokedMs === undefined && which(each))
    for (const credential of ended) {
      Object.assign(credential, { revokedMs: this.#campus.now(), reason })
    }
    if (ended.length === 0 || this.#has('lists nothing that has ended')) return
    this.#lists.push([...(this.#lists.at(-1) ?? []), ...ended.map(({ hash }) => hash)])
  }

  #overview(person: FakePerson): AccessOverview {
    const last = this.#credentials.findLast((each) => each.person === person && each.revokedMs)
    const seq = this.#lists.findIndex((hashes) => last && hashes.includes(last.hash))
    const has = ({ gateId }: FakeGate) => (this.#held.get(gateId)?.list ?? 0) >= seq
    const reachedCount = this.#has('counts no gate') ? 0 : this.gates.filter(has).length
    return {
      consented: this.#consented.has(person.id),
      contexts: [],
      places: [],
      mayGather: person.class === 'teacher',
      revocation:
        last && reachedCount < this.gates.length
          ? {
              at: this.#at(last.revokedMs),
              reason: last.reason,
              gateCount: this.gates.length,
              reachedCount,
              waiting: [],
            }
          : null,
      serverTime: this.#at(),
    }
  }

  #consents(person: FakePerson) {
    const { version, what } = consentTexts.gate_records
    const stands = this.#consented.has(person.id)
    const given = stands ? { version, at: this.#at() } : null
    return { consents: [{ purpose: 'gate_records', version, what, given, withdrawnAt: null }] }
  }

  async #update(own: FakeGate, query: Record<string, string>): Promise<GateUpdate> {
    const { waitSeconds = '0' } = query
    const seqOf = (name: keyof Held) => Number(query[name] ?? 0)
    const held = { keys: seqOf('keys'), policy: seqOf('policy'), list: seqOf('list') }
    this.#held.set(own.gateId, held)
    const deadline = Date.now() + Number(waitSeconds) * 1000
    for (;;) {
      const update = this.#writeUpdate(own, held)
      const isNews = update.keys || update.policy || update.list || update.delta
      const isOver = Date.now() >= deadline || this.#has('does not wait for news')
      if (isNews || isOver) return update
      await sleep(20)
    }
  }

  #writeUpdate(own: FakeGate, held: Held): GateUpdate {
    const isWrong = this.#has('signs what gates are told with another key')
    const school = isWrong ? this.#otherSchool : this.#school
    const lacks = (name: keyof Held, seq: number) =>
      held[name] < seq || this.#has('tells a gate what it holds')
    const seq = this.#lists.length - 1
    const hashes = this.#lists.at(-1) ?? []
    const list = lacks('list', seq) ? school.list({ seq, hashes }) : null
    const before = this.#lists[held.list]
    const delta =
      list && before && held.list > 0 && held.list < seq
        ? {
            fromSeq: held.list,
            header: Buffer.from(list.payload, 'base64url')
              .subarray(0, LIST_HEADER_BYTES)
              .toString('base64url'),
            added: this.#has('tells deltas that lead nowhere')
              ? ''
              : joinSorted(hashes.filter((hash) => !before.includes(hash))),
            removed: '',
            algorithm: list.algorithm,
            keyId: list.keyId ?? 0,
            signature: list.signature,
          }
        : null
    return {
      serverTime: this.#at(),
      keys: lacks('keys', 1) ? school.keySet() : null,
      policy: lacks('policy', 1) ? school.policy({ gateId: own.gateId }) : null,
      list: delta ? null : list,
      delta,
    }
  }

  #add(own: FakeGate, records: GateRecord[]): AddedRecords {
    for (const record of records) {
      const isKnown = this.#records.some(({ recordId }) => recordId === record.recordId)
      if (isKnown && !this.#has('stores a record as often as it comes')) continue
      const credential = this.#credentialOf(record)
      const endedMs = credential?.revokedMs ?? Number.POSITIVE_INFINITY
      const revoked = record.result === 'opened' && endedMs < Date.parse(record.at)
      const stored = { ...record, gate: own, replayed: false, revoked }
      const copies = this.#records.filter((other) => isCopy(other, stored))
      this.#records.push(stored)
      if (copies.length > 0 && !this.#has('finds no copies')) {
        for (const each of [stored, ...copies]) each.replayed = true
      }
      if (this.#has('finds copies everywhere')) stored.replayed = true
      if (credential) this.#tell(credential.person, stored)
    }
    const told = this.#records.filter((stored) =>
      records.some(({ recordId }) => recordId === stored.recordId),
    )
    const revocations = this.#has('finds nothing that had ended') ? [] : told
    return {
      accepted: records.length,
      findings: [
        ...told.filter(({ replayed }) => replayed).map((stored) => toFinding(stored, 'replayed')),
        ...revocations
          .filter(({ revoked }) => revoked)
          .map((stored) => toFinding(stored, 'revoked')),
      ],
    }
  }

  #tell(person: FakePerson, { recordId, gate: own, purpose, result, refusal }: StoredRecord): void {
    this.#campus.tell(person, {
      ...{ type: 'access', recordId, gateName: own.name },
      ...{ purpose, result, refusal },
    })
  }

  #recordsOf(person: FakePerson): AccessRecord[] {
    return this.#records
      .filter((record) => this.#credentialOf(record)?.person === person)
      .map(
        ({ recordId, at, gate: { name, campus, zone }, result, refusal, replayed, ...more }) => ({
          ...{ recordId, at, gateName: name, campus, zone, title: null, result, refusal, replayed },
          purpose: more.purpose ?? 'door',
        }),
      )
      .reverse()
  }

  #zoneRecords(own: FakeGate): ZoneRecordPage {
    const inZone = this.#records.filter(
      ({ gate: { zone } }) => zone === own.zone || this.#has('shows a zone every record'),
    )
    const records = inZone.map((record) => {
      const { recordId, at, gate: there, purpose, result, refusal, replayed } = record
      const person = this.#credentialOf(record)?.person
      return {
        ...{ recordId, at, gateName: there.name, purpose, result, refusal, replayed },
        class: person?.class ?? null,
        maskedName: person ? this.#nameOf(person) : null,
        holder: person ? this.#holderOf(person, own) : null,
      }
    })
    return { records: records.reverse(), next: null }
  }

  #issueIdentityCode(person: FakePerson) {
    const nowMs = this.#campus.now()
    for (const code of this.#identityCodes.values()) {
      const ends = code.person === person && !this.#has('keeps the identity code before')
      if (ends) code.endsMs = Math.min(code.endsMs, nowMs)
    }
    const random = String(randomInt(1e8)).padStart(17, '1')
    const code = `72${this.#campus.school.id}1${random}`
    this.#identityCodes.set(code, { person, endsMs: nowMs + 60_000 })
    const codeId = randomUUID()
    return { codeId, code, issuedAt: this.#at(nowMs), expiresAt: this.#at(nowMs + 60_000) }
  }

  #identify(own: FakeGate, text: string): Outcome {
    const may = own.permissions.includes('identity') || this.#has('identifies for every gate')
    if (!may) return { refused: 'GATE_NOT_PERMITTED' }
    const nowMs = this.#campus.now()
    const guesses = this.#guesses.get(own.gateId) ?? { count: 0, pausedUntilMs: 0 }
    if (guesses.pausedUntilMs > nowMs && !this.#has('lets a desk guess')) {
      // As if the pause were over when it is waited for.
      guesses.pausedUntilMs = 0
      return { refused: 'RATE_LIMITED', retryAfterSeconds: PAUSE_MS / 1000 }
    }
    if (routeCode(text).kind !== 'identity') return { refused: 'IDENTITY_CODE_OTHER_KIND' }
    const code = this.#identityCodes.get(text)
    if (!code) {
      const count = guesses.count + 1
      const pausedUntilMs = count < GUESSES_MAX ? 0 : nowMs + PAUSE_MS
      this.#guesses.set(own.gateId, { count: count % GUESSES_MAX, pausedUntilMs })
      return { refused: 'IDENTITY_CODE_INVALID' }
    }
    this.#guesses.delete(own.gateId)
    const isOthers = code.gateId !== undefined && code.gateId !== own.gateId
    if (code.endsMs <= nowMs || (isOthers && !this.#has('identifies for a second desk'))) {
      return { refused: 'IDENTITY_CODE_INVALID' }
    }
    code.gateId = own.gateId
    const { person } = code
    const body: Identity = {
      class: this.#has('gives everybody the same class') ? 'visitor' : person.class,
      maskedName: this.#nameOf(person),
      holder: this.#holderOf(person, own),
    }
    return { status: 200, body }
  }

  #nameOf({ name }: FakePerson): string {
    return this.#has('shows the name to terminals') ? name : maskName(name)
  }

  #holderOf({ id }: FakePerson, { zone }: FakeGate): string {
    const where = this.#has('names a holder alike everywhere') ? '' : zone
    const when = this.#has('names a holder anew each time') ? randomUUID() : ''
    const digest = createHash('sha256').update(`${id}/${where}/${when}`).digest()
    return digest.subarray(0, 16).toString('base64url')
  }

  #credentialOf({ credential }: GateRecord): FakeCredential | undefined {
    return this.#credentials.find(({ hash }) => hash.toString('base64url') === credential)
  }
}

function gate(
  n: number,
  name: string,
  zone: string,
  permissions: FakeGate['permissions'],
): FakeGate {
  return {
    ...{ gateId: randomUUID(), name, campus: '云谷校区', zone, purposes: ['door'], permissions },
    keyId: `1001.g.fake-gate-${n}`,
    secret: Buffer.alloc(32, `gate ${n}`).toString('base64url'),
  }
}

function isCopy(one: StoredRecord, other: StoredRecord): boolean {
  const isSame = one.credential === other.credential && one.shownAt === other.shownAt
  const isBothOpened = one.result === 'opened' && other.result === 'opened'
  return isSame && isBothOpened && one.gate !== other.gate
}

function toFinding({ recordId }: StoredRecord, finding: 'replayed' | 'revoked') {
  return { recordId, finding }
}

function joinSorted(hashes: readonly Buffer[]): string {
  const sorted = hashes.map((hash) => hash.toString('hex')).sort()
  return Buffer.from(sorted.join(''), 'hex').toString('base64url')
}

function isPoint(bytes: Uint8Array): boolean {
  try {
    ECDH.convertKey(bytes, 'prime256v1', undefined, undefined, 'uncompressed')
    return true
  } catch {
    return false
  }
}
