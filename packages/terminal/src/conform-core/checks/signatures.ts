import { randomBytes } from 'node:crypto'
import { createSigningKey } from '@campus-ecode/protocol/signing-key'
import { type Check, demand } from '../check.ts'
import { codeOf, demandRefusal } from '../demands.ts'
import type { SignedCall } from '../wire.ts'
import { LIST_FEN } from '../world.ts'

const unsigned = { signed: false }
const whoami = { method: 'GET', target: '/v1/terminal' }

/** Who may call, and how a call is known to be theirs. */
export const signatureChecks: Check[] = [
  {
    name: 'refuses a call without a signature',
    rule: 'RFC 9421: SIGNATURE_MISSING',
    async run({ till: { wire } }) {
      const { headers: _, ...bare } = wire.sign(whoami)
      demandRefusal(await wire.send({ ...bare, headers: {} }), 'SIGNATURE_MISSING', unsigned)
    },
  },
  {
    name: 'refuses a key that it does not know',
    rule: 'KEY_UNKNOWN',
    async run({ till: { wire }, demo }) {
      for (const keyId of [`${demo.school.id}.t.nobody-at-all`, 'nobody']) {
        const reply = await wire.call({ ...whoami, key: randomKey(keyId) })
        demandRefusal(reply, 'KEY_UNKNOWN', unsigned)
      }
    },
  },
  {
    name: 'refuses a signature under another secret',
    rule: 'SIGNATURE_INVALID',
    async run({ till: { wire }, bff }) {
      for (const { key } of [wire, bff]) {
        const reply = await wire.call({ ...whoami, key: randomKey(key.keyId) })
        demandRefusal(reply, 'SIGNATURE_INVALID', unsigned)
      }
    },
  },
  {
    name: 'refuses a signature that is more than a minute old or early, and takes one that is less',
    rule: 'RFC 9421 §7.2.2: SIGNATURE_EXPIRED',
    async run({ till: { wire } }) {
      for (const seconds of [-120, -90, 90, 120]) {
        const reply = await wire.call({ ...whoami, nowMs: Date.now() + seconds * 1000 })
        demandRefusal(reply, 'SIGNATURE_EXPIRED', unsigned)
      }
      for (const seconds of [-45, 45]) {
        const { status } = await wire.call({ ...whoami, nowMs: Date.now() + seconds * 1000 })
        demand(status === 200, `a signature ${seconds} s from now is answered with ${status}`)
      }
    },
  },
  {
    name: 'refuses a call that was changed after it was signed',
    rule: 'RFC 9421, RFC 9530: SIGNATURE_INVALID, DIGEST_MISMATCH',
    async run(world) {
      const { wire } = world.till
      const json = { orderNo: world.newOrderNo(), amountFen: LIST_FEN, code: 'x' }
      const pay = wire.sign({ method: 'POST', target: '/v1/payments', json })
      const body = pay.body?.replace(String(LIST_FEN), '1') ?? ''
      demandRefusal(await wire.send({ ...pay, body }), 'DIGEST_MISMATCH', unsigned)

      const query = wire.sign({ method: 'GET', target: `/v1/payments/${json.orderNo}` })
      const changed: [what: string, call: SignedCall][] = [
        ['another path', { ...query, target: `/v1/payments/${world.newOrderNo()}` }],
        ['a query', { ...query, target: `${query.target}?x=1` }],
        ['a body', { ...query, body: '{}' }],
        ['an ecode- header', withHeader(query, 'ecode-proof-jti', 'x')],
        ['another content type', withHeader(pay, 'content-type', 'text/plain')],
      ]
      for (const [what, call] of changed) {
        const reply = await wire.send(call)
        demand(codeOf(reply) === 'SIGNATURE_INVALID', `${what} is answered with ${reply.status}`)
        demandRefusal(reply, 'SIGNATURE_INVALID', unsigned)
      }
    },
  },
  {
    name: 'refuses a call that was signed for another core',
    rule: 'RFC 9421 §2.2.3: SIGNATURE_INVALID',
    async run({ till: { wire } }) {
      const reply = await wire.call({ ...whoami, origin: 'https://other-core.example' })
      demandRefusal(reply, 'SIGNATURE_INVALID', unsigned)
    },
  },
  {
    name: 'refuses a nonce that it has seen, and does nothing the second time',
    rule: 'SIGNATURE_REPLAYED',
    async run(world) {
      const { wire } = world.till
      const nonce = randomBytes(16).toString('base64url')
      const [first, second] = [world.newOrderNo(), world.newOrderNo()]
      const reverse = (orderNo: string) =>
        wire.call({ method: 'POST', target: `/v1/payments/${orderNo}/reverse`, json: {}, nonce })
      demand((await reverse(first)).status === 200, 'the first call fails')
      demandRefusal(await reverse(second), 'SIGNATURE_REPLAYED')
      const after = await world.callOrder('getPayment', world.till, { orderNo: second })
      demandRefusal(after, 'ORDER_NOT_FOUND')
    },
  },
  {
    name: 'pays once when the network delivers a payment twice',
    rule: 'R33: the stored answer, or SIGNATURE_REPLAYED',
    async run(world) {
      const payer = await world.findPayer()
      const before = await world.readBalance(payer)
      const { code } = await world.drawCode(payer)
      const orderNo = world.newOrderNo()
      const json = { orderNo, amountFen: LIST_FEN, code }
      const { wire } = world.till
      const signed = wire.sign({ method: 'POST', target: '/v1/payments', json })
      const first = await wire.send(signed)
      demand(first.status === 200 || first.status === 202, `it is answered with ${first.status}`)
      const { amountFen } = await world.awaitPaid(world.till, orderNo)
      const again = await wire.send(signed)
      if (again.status >= 300) demandRefusal(again, 'SIGNATURE_REPLAYED')
      const nonce = /;nonce="([^"]+)"/.exec(signed.headers['signature-input'] ?? '')?.[1] ?? ''
      const { code: other } = await world.drawCode(payer)
      const more = { orderNo: world.newOrderNo(), amountFen: LIST_FEN, code: other }
      demandRefusal(await world.sendPay(world.till, more, { nonce }), 'SIGNATURE_REPLAYED')
      const paid = before - (await world.readBalance(payer))
      await world.callOrder('reverse', world.till, { orderNo })
      demand(paid === amountFen, `${paid} fen were taken in place of ${amountFen}`)
    },
  },
  {
    name: 'refuses a page’s proof that it has seen',
    rule: 'RFC 9449 §11.1: PROOF_REPLAYED',
    async run(world) {
      const payer = await world.findPayer()
      const headers = { 'ecode-proof-jti': randomBytes(16).toString('base64url') }
      const json = { account: 'wallet' }
      const first = await world.callPerson('issueCode', payer, { json, headers })
      demand(first.status === 201, `the first call is answered with ${first.status}`)
      demandRefusal(await world.callPerson('issueCode', payer, { json, headers }), 'PROOF_REPLAYED')
    },
  },
  {
    name: 'lets a terminal’s key do only what terminals do',
    rule: 'KEY_NOT_ALLOWED',
    async run(world) {
      const { wire } = world.till
      const { id: schoolId, secret } = world.demo.school
      const [person] = world.everybody
      const target = `/v1/schools/${schoolId}`
      const json = { secret, cardNo: person.cardNo, scopes: ['card'] }
      for (const call of [
        { method: 'POST', target: `${target}/subjects`, json },
        { method: 'GET', target: `${target}/people/${person.id}/card` },
        { method: 'POST', target: `${target}/people/${person.id}/codes`, json: {} },
        { method: 'GET', target: '/v1/events' },
      ]) {
        demandRefusal(await wire.call(call), 'KEY_NOT_ALLOWED')
      }
    },
  },
  {
    name: 'lets a BFF’s key do only what a BFF does',
    rule: 'KEY_NOT_ALLOWED',
    async run(world) {
      const orderNo = world.newOrderNo()
      const json = { orderNo, amountFen: LIST_FEN, code: 'x' }
      for (const call of [
        { method: 'POST', target: '/v1/payments', json },
        { method: 'GET', target: `/v1/payments/${orderNo}` },
        { method: 'POST', target: `/v1/payments/${orderNo}/reverse`, json: {} },
        whoami,
      ]) {
        demandRefusal(await world.bff.call(call), 'KEY_NOT_ALLOWED')
      }
    },
  },
  {
    name: 'signs its answers and binds each to its request',
    rule: 'RFC 9421 §2.4',
    async run({ till: { wire }, bff }) {
      const calls = [
        wire.call(whoami),
        wire.call({ method: 'GET', target: '/v1/payments/none-of-ours' }),
        bff.call({ method: 'GET', target: '/v1/events' }),
      ]
      for (const reply of await Promise.all(calls)) {
        demand(reply.verified, `an answer (${reply.status}) is not signed for its call`)
      }
    },
  },
]

function randomKey(keyId: string) {
  const secret = randomBytes(32).toString('base64url')
  return createSigningKey({ keyId, algorithm: 'hmac-sha256', secret })
}

function withHeader(call: SignedCall, name: string, value: string): SignedCall {
  return { ...call, headers: { ...call.headers, [name]: value } }
}
