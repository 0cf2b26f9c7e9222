import { setTimeout as sleep } from 'node:timers/promises'
import type { AccessRecord } from '@campus-ecode/protocol/access'
import { CREDENTIAL_LIFETIME_MINUTES_MAX } from '@campus-ecode/protocol/access-code'
import { corePersonRoutes } from '@campus-ecode/protocol/core-api'
import { GATE_RECORDS_MAX, gateRoutes } from '@campus-ecode/protocol/gate-api'
import { isRevoked } from '@campus-ecode/protocol/revocation-list'
import {
  AccessPhone,
  askCredential,
  makeDeviceKey,
  readAccess,
  withAccessPhone,
} from '../access-phone.ts'
import { type Check, demand, Skipped } from '../check.ts'
import { demandAnswer, demandRefusal } from '../demands.ts'
import { ToldGate } from '../told-gate.ts'
import type { Person, World } from '../world.ts'

/** In a zone one may not be let in, or not now; but that is all that a gate may say against it. */
const OF_THE_POLICY = ['WRONG_PURPOSE', 'WRONG_CONTEXT', 'NOT_ALLOWED', 'NOT_NOW']
/** How long gates and people may wait for news. Ours take a second. */
const REACH_SECONDS = 10

/** What phones carry, how it ends, and what gates tell (R31, R32). */
export const accessChecks: Check[] = [
  {
    name: 'asks for consent before it signs a credential, and ends what it signed when it is taken back',
    rule: 'R42: CONSENT_REQUIRED',
    async run(world) {
      const person = await findReserved(world)
      const gate = await ToldGate.open(world)
      const { publicKey } = makeDeviceKey()
      demandRefusal(await askCredential(world, person, { publicKey }), 'CONSENT_REQUIRED')
      const phone = await AccessPhone.open(world, person)
      demand((await readAccess(world, person)).consented, 'the consent does not stand')
      const json = { purpose: 'gate_records' }
      const reply = await world.callPerson('withdrawConsent', person, { json })
      demandAnswer(reply, corePersonRoutes.withdrawConsent)
      demand(!(await readAccess(world, person)).consented, 'the consent stands after all')
      await gate.follow()
      demand(isListed(gate, phone), 'the credential goes on')
      const { publicKey: other } = makeDeviceKey()
      demandRefusal(await askCredential(world, person, { publicKey: other }), 'CONSENT_REQUIRED')
    },
  },
  {
    name: 'refuses a device key that is no point of P-256',
    rule: 'DEVICE_KEY_INVALID',
    async run(world) {
      const person = await world.findPerson('an active card', () => true)
      // No point has this x; and not of the form at all.
      const off = Buffer.concat([Buffer.of(2), Buffer.alloc(32, 1)])
      for (const bytes of [off, Buffer.alloc(33, 0xff), Buffer.alloc(33)]) {
        const key = { publicKey: bytes.toString('base64url'), consent: true } as const
        demandRefusal(await askCredential(world, person, key), 'DEVICE_KEY_INVALID')
      }
    },
  },
  {
    name: 'signs a credential that every gate believes, for the person’s class and for days at most',
    rule: 'docs/codes.md "Access code"',
    async run(world) {
      await withAccessPhone(world, async (phone) => {
        const { body, owner, given } = phone
        demand(body !== undefined, 'it is malformed')
        demand(body.school === world.demo.school.id, 'it is of another school')
        demand(body.class === owner.class, 'it says another class')
        demand(body.lifetimeMinutes <= CREDENTIAL_LIFETIME_MINUTES_MAX, 'it lives too long')
        const [notBefore, renewAt, expiresAt] = [
          Date.parse(given.notBefore),
          Date.parse(given.renewAt),
          Date.parse(given.expiresAt),
        ]
        demand(notBefore === body.notBefore * 1000, 'it begins at another time than is said')
        const livesMs = body.lifetimeMinutes * 60_000
        demand(expiresAt === notBefore + livesMs, 'it ends at another time than is said')
        demand(notBefore < renewAt && renewAt < expiresAt, 'it is not renewed while it lives')
        for (const gate of await ToldGate.openAll(world)) {
          await gate.follow()
          const { result, refusal, class: personClass } = gate.judge(phone.show())
          const isBelieved = result === 'opened' || OF_THE_POLICY.includes(refusal ?? '')
          demand(isBelieved, `a gate refuses it: ${refusal}`)
          demand(personClass === owner.class, 'a gate reads another class')
        }
      })
    },
  },
  {
    name: 'tells gates that wait of a credential that has ended, and the person how far that has got',
    rule: 'R32',
    async run(world) {
      const gates = await ToldGate.openAll(world)
      const gate = await ToldGate.open(world)
      const other = gates.at(-1) ?? gate
      await withAccessPhone(world, async (phone) => {
        await gate.follow()
        demand(gate.judge(phone.show()).refusal !== 'REVOKED', 'it has ended before it was')
        const waiting = gate.follow(REACH_SECONDS)
        await sleep(300)
        const endedAt = performance.now()
        await phone.end()
        await waiting
        demand(isListed(gate, phone), 'a gate that waits is not told, or of something else')
        demand(performance.now() - endedAt < REACH_SECONDS * 1000, 'a gate that waits is told late')
        demand(gate.judge(phone.show()).refusal === 'REVOKED', 'a gate lets it in')
        // The whole list says what the change to the one before it said.
        await other.follow()
        demand(isListed(other, phone), 'the whole list does not name it')
        if (gates.length < 2) return
        const reached = async () => (await readAccess(world, phone.owner)).revocation
        const before = await reached()
        demand(before?.reason === 'signed_out', 'the person is not told how far it has got')
        await other.ask(other.seqs)
        const after = await reached()
        const isCounted = after === null || after.reachedCount > before.reachedCount
        demand(isCounted, 'a gate that says it has stored the list is not counted')
      })
    },
  },
  {
    name: 'stores each record once, however often it is told, and shows it to its person',
    rule: 'R31, R42',
    async run(world) {
      const gate = await ToldGate.open(world)
      await withAccessPhone(world, async (phone) => {
        const opened = phone.record()
        const refused = phone.record({ result: 'refused', refusal: 'NOT_NOW' })
        for (const records of [[opened], [opened, refused], [refused, refused]]) {
          const findings = await gate.addRecords(...records)
          demand(findings.length === 0, 'it finds something wrong')
        }
        const own = await readRecords(world, phone.owner)
        for (const { recordId, result, refusal } of [opened, refused]) {
          const found = own.filter((record) => record.recordId === recordId)
          demand(found.length === 1, `the person finds a record ${found.length} times`)
          const [shown] = found
          demand(shown?.gateName === gate.self.name, 'it is shown at another gate')
          demand(shown.result === result && shown.refusal === refusal, 'it says something else')
        }
      })
    },
  },
  {
    name: 'tells the person at once what a gate has read',
    rule: 'R30: access events',
    async run(world) {
      const gate = await ToldGate.open(world)
      await withAccessPhone(world, async (phone) => {
        const { cursor } = await readEvents(world, phone.owner)
        const record = phone.record({ result: 'refused', refusal: 'SHOWN_LATE' })
        await gate.addRecords(record)
        const deadline = Date.now() + REACH_SECONDS * 1000
        for (;;) {
          const { events } = await readEvents(world, phone.owner, cursor)
          const told = events.some(({ data }) => {
            return data.type === 'access' && data.recordId === record.recordId
          })
          if (told) return
          demand(Date.now() < deadline, 'it is not told')
          await sleep(200)
        }
      })
    },
  },
  {
    name: 'finds a code that two gates let in, whichever tells first',
    rule: 'R31: replayed',
    async run(world) {
      const [one, two] = await ToldGate.openAll(world)
      if (!one || !two) throw new Skipped('demo.json names only one gate')
      await withAccessPhone(world, async (phone) => {
        const { shownAt } = phone.record()
        const [first, second] = [phone.record({ shownAt }), phone.record({ shownAt })]
        const next = phone.record({ shownAt: new Date(Date.now() - 10_000).toISOString() })
        demand((await one.addRecords(first)).length === 0, 'one gate alone is said to be two')
        const found = await two.addRecords(second, next)
        demand(found.length === 1, `of two records one is a copy, and ${found.length} are told`)
        const [finding] = found
        demand(finding?.recordId === second.recordId, 'the wrong record is told')
        demand(finding.finding === 'replayed', `it is told as ${finding.finding}`)
        const own = await readRecords(world, phone.owner)
        for (const { recordId } of [first, second]) {
          const record = own.find((each) => each.recordId === recordId)
          demand(record?.replayed === true, 'the person is not told')
        }
      })
    },
  },
  {
    name: 'finds that a credential had ended when a gate let it in',
    rule: 'R31: revoked',
    async run(world) {
      const gate = await ToldGate.open(world)
      await withAccessPhone(world, async (phone) => {
        const before = phone.record({ at: new Date(Date.now() - 30_000).toISOString() })
        await phone.end()
        await sleep(50)
        const { serverTime } = await gate.ask()
        const after = phone.record({ at: serverTime })
        const found = await gate.addRecords(before, after)
        const revoked = found.filter(({ finding }) => finding === 'revoked')
        const names = revoked.map(({ recordId }) => recordId)
        demand(names.includes(after.recordId), 'it is not told')
        demand(!names.includes(before.recordId), 'it is told of a time when it lived')
      })
    },
  },
  {
    name: 'refuses records that are malformed or too many, and a repeated call',
    rule: 'BAD_REQUEST, SIGNATURE_REPLAYED',
    async run(world) {
      const gate = await ToldGate.open(world)
      await withAccessPhone(world, async (phone) => {
        const { recordId: _, ...nameless } = phone.record()
        const many = Array.from({ length: GATE_RECORDS_MAX + 1 }, () => phone.record())
        const { method, path: target } = gateRoutes.addGateRecords
        for (const records of [[], many, [nameless], [{ ...phone.record(), result: 'maybe' }]]) {
          const reply = await gate.wire.call({ method, target, json: { records } })
          demandRefusal(reply, 'BAD_REQUEST')
        }
        const signed = gate.wire.sign({ method, target, json: { records: [phone.record()] } })
        demandAnswer(await gate.wire.send(signed), gateRoutes.addGateRecords)
        demandRefusal(await gate.wire.send(signed), 'SIGNATURE_REPLAYED')
      })
    },
  },
  {
    name: 'shows a zone who was there, name masked, to gates that may know',
    rule: 'R4: GATE_NOT_PERMITTED',
    async run(world) {
      const gates = await ToldGate.openAll(world)
      const desk = gates.find(({ self }) => self.permissions.includes('records'))
      if (!desk) throw new Skipped('no gate may read records')
      const { method, path: target } = gateRoutes.getZoneRecords
      await withAccessPhone(world, async (phone) => {
        const record = phone.record()
        await desk.addRecords(record)
        const reply = await desk.wire.call({ method, target })
        const { records } = demandAnswer(reply, gateRoutes.getZoneRecords)
        const shown = records.find(({ recordId }) => recordId === record.recordId)
        demand(shown !== undefined, 'it is not shown')
        demand(shown.class === phone.owner.class, 'it has another class')
        demand(shown.holder !== null && shown.maskedName !== null, 'it does not say whose it is')
        demand(!reply.text.includes(phone.owner.name), 'it shows a full name')
        demand(!reply.text.includes(phone.owner.cardNo), 'it shows a card number')
        for (const { self, wire } of gates) {
          const isThere = self.zone === desk.self.zone && self.campus === desk.self.campus
          const other = await wire.call({ method, target })
          if (!self.permissions.includes('records')) demandRefusal(other, 'GATE_NOT_PERMITTED')
          else if (!isThere) {
            demandAnswer(other, gateRoutes.getZoneRecords)
            demand(!other.text.includes(record.recordId), 'another zone sees it')
          }
        }
      })
    },
  },
]

/** Somebody who has not agreed to records; afterwards they have not, again. */
async function findReserved(world: World): Promise<Person> {
  for (const person of world.everybody) {
    const reply = await world.callPerson('getCard', person)
    const { status } = demandAnswer(reply, corePersonRoutes.getCard)
    if (status === 'active' && !(await readAccess(world, person)).consented) return person
  }
  throw new Skipped('everybody has agreed to records already')
}

function isListed({ holdings: { list } }: ToldGate, { hash }: AccessPhone): boolean {
  return list !== undefined && isRevoked(list.content, hash)
}

async function readRecords(world: World, person: Person): Promise<AccessRecord[]> {
  const reply = await world.callPerson('getAccessRecords', person)
  return demandAnswer(reply, corePersonRoutes.getAccessRecords).records
}

async function readEvents(world: World, person: Person, after?: string) {
  const query = after === undefined ? '' : `?after=${after}`
  const reply = await world.callPerson('getEvents', person, { query })
  return demandAnswer(reply, corePersonRoutes.getEvents)
}
