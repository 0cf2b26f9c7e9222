import { randomBytes } from 'node:crypto'
import { gateRoutes } from '@campus-ecode/protocol/gate-api'
import { createSigningKey } from '@campus-ecode/protocol/signing-key'
import { type Check, demand } from '../check.ts'
import { demandAnswer, demandRefusal } from '../demands.ts'
import { ToldGate } from '../told-gate.ts'
import { LIST_FEN } from '../world.ts'

const whoami = { method: 'GET', target: gateRoutes.getGate.path }

/** Who gates are, and what they are told (R31, R32). */
export const gateChecks: Check[] = [
  {
    name: 'tells a gate who it is, and the time',
    rule: 'docs/core-api.md, getGate',
    async run({ gate: { id, wire }, demo }) {
      const self = demandAnswer(await wire.call(whoami), gateRoutes.getGate)
      demand(self.gateId === id, 'it is another gate')
      demand(self.schoolId === demo.school.id, 'it is another school')
      demand(self.name === demo.gates[0]?.name, 'it has another name')
      const offMs = Math.abs(Date.parse(self.serverTime) - Date.now())
      demand(offMs < 60_000, 'its clock is more than a minute off ours')
    },
  },
  {
    name: 'knows a gate by its signature alone',
    rule: 'RFC 9421: SIGNATURE_INVALID, KEY_UNKNOWN',
    async run({ gate: { wire }, demo }) {
      const { keyId } = wire.key
      for (const [key, refusal] of [
        [randomKey(keyId), 'SIGNATURE_INVALID'],
        [randomKey(`${demo.school.id}.g.nobody-at-all`), 'KEY_UNKNOWN'],
      ] as const) {
        demandRefusal(await wire.call({ ...whoami, key }), refusal, { signed: false })
      }
    },
  },
  {
    name: 'lets a gate’s key do only what gates do, and no other key any of it',
    rule: 'KEY_NOT_ALLOWED',
    async run(world) {
      const { gate, till, bff, demo } = world
      const [person] = world.everybody
      const order = { orderNo: world.newOrderNo(), amountFen: LIST_FEN, code: 'x' }
      for (const call of [
        { method: 'POST', target: '/v1/payments', json: order },
        { method: 'GET', target: '/v1/terminal' },
        { method: 'GET', target: '/v1/events' },
        { method: 'GET', target: `/v1/schools/${demo.school.id}/people/${person.id}/card` },
      ]) {
        demandRefusal(await gate.wire.call(call), 'KEY_NOT_ALLOWED')
      }
      for (const { wire } of [till, { wire: bff }]) {
        for (const call of [
          whoami,
          { method: 'GET', target: gateRoutes.getGateUpdate.path },
          { method: 'GET', target: gateRoutes.getZoneRecords.path },
          { method: 'POST', target: gateRoutes.checkIdentity.path, json: { code: 'x' } },
        ]) {
          demandRefusal(await wire.call(call), 'KEY_NOT_ALLOWED')
        }
      }
    },
  },
  {
    name: 'gives a gate key set, policy and list, believable from the root key on',
    rule: 'docs/codes.md "What gates are told"',
    async run(world) {
      for (const gate of await ToldGate.openAll(world)) {
        const { keys, policy, list, delta } = await gate.follow()
        demand(keys !== null && policy !== null && list !== null, 'not all three are given')
        demand(delta === null, 'a gate that holds no list is given a delta')
        const { keys: held } = gate.holdings
        const nowSeconds = Date.now() / 1000
        demand((held?.content.set.expires ?? 0) > nowSeconds, 'the key set is over')
      }
    },
  },
  {
    name: 'tells a gate what it does not hold, and nothing else',
    rule: 'docs/core-api.md, getGateUpdate',
    async run(world) {
      const gate = await ToldGate.open(world)
      await gate.follow()
      // What changes in between is new.
      await gate.follow()
      for (const lacks of ['keys', 'policy', 'list'] as const) {
        const update = await gate.ask({ ...gate.seqs, [lacks]: 0 })
        const { keys, policy, list, delta } = update
        const given = { keys, policy, list: list ?? delta }
        const names = Object.entries(given).flatMap(([name, document]) => (document ? name : []))
        demand(names.join() === lacks, `without ${lacks} a gate is given: ${names.join()}`)
        gate.take(update)
      }
    },
  },
  {
    name: 'holds an answer back while there is nothing new, no longer than it was asked to',
    rule: 'docs/core-api.md "Waiting": BAD_REQUEST above 25 s',
    async run(world) {
      const gate = await ToldGate.open(world)
      await gate.follow()
      await gate.follow()
      const startedAt = performance.now()
      const { keys, policy, list, delta } = await gate.follow(2)
      const tookMs = performance.now() - startedAt
      demand(!keys && !policy && !list && !delta, 'something is new that the gate has just taken')
      demand(tookMs > 1_500, 'it does not wait')
      demand(tookMs < 10_000, 'it waits longer than it was asked to')
      for (const query of ['waitSeconds=26', 'list=-1', 'keys=x']) {
        const target = `${gateRoutes.getGateUpdate.path}?${query}`
        demandRefusal(await gate.wire.call({ method: 'GET', target }), 'BAD_REQUEST')
      }
    },
  },
]

function randomKey(keyId: string) {
  const secret = randomBytes(32).toString('base64url')
  return createSigningKey({ keyId, algorithm: 'hmac-sha256', secret })
}
