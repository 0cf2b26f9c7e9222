import { corePersonRoutes, terminalRoutes } from '@campus-ecode/protocol/core-api'
import { createCoreOpenApi } from '@campus-ecode/protocol/openapi'
import { type Check, demand, NotConforming } from '../check.ts'
import { demandAnswer, demandRefusal } from '../demands.ts'
import { exchangeRaw } from '../raw-exchange.ts'
import { fillPath, LIST_FEN, type World } from '../world.ts'

const API = 'docs/core-api.md'

/** Addresses, bodies and what every service answers. */
export const serviceChecks: Check[] = [
  {
    name: 'answers /healthz and /readyz with 200',
    rule: API,
    async run(world) {
      for (const path of ['/healthz', '/readyz']) {
        const status = await getPlain(world, path).then((reply) => reply.status)
        demand(status === 200, `${path} answers ${status}`)
      }
    },
  },
  {
    name: 'serves an OpenAPI 3.1 document with every documented operation',
    rule: API,
    async run(world) {
      const { status, text } = await getPlain(world, '/openapi.json')
      demand(status === 200, `/openapi.json answers ${status}`)
      const served = JSON.parse(text) as { openapi?: string; paths?: Record<string, object> }
      demand(served.openapi?.startsWith('3.1') === true, 'it is not OpenAPI 3.1')
      for (const [path, item] of Object.entries(createCoreOpenApi().paths ?? {})) {
        for (const method of Object.keys(item ?? {})) {
          demand(method in (served.paths?.[path] ?? {}), `it lacks ${method} ${path}`)
        }
      }
    },
  },
  {
    name: 'tells a terminal who it is, and the time',
    rule: `${API}, getTerminal`,
    async run(world) {
      const { id, merchantId, wire } = world.till
      const reply = await wire.call({ method: 'GET', target: terminalRoutes.getTerminal.path })
      const self = demandAnswer(reply, terminalRoutes.getTerminal)
      demand(self.terminalId === id, 'it is another terminal')
      demand(self.merchant.id === merchantId, 'it is another merchant')
      demand(self.school.id === world.demo.school.id, 'it is another school')
      const offMs = Math.abs(Date.parse(self.serverTime) - Date.now())
      demand(offMs < 60_000, 'its clock is more than a minute off ours')
    },
  },
  {
    name: 'names each answer by the request id that the caller gave',
    rule: `${API}, ecode-request-id`,
    async run({ till: { wire } }) {
      const requestId = `conform-${Date.now().toString(36)}`
      const reply = await wire.call({
        method: 'GET',
        target: '/v1/terminal',
        headers: { 'ecode-request-id': requestId },
      })
      demand(reply.headers['ecode-request-id'] === requestId, 'it gave another or none')
      const other = await wire.call({ method: 'GET', target: '/v1/terminal' })
      demand(typeof other.headers['ecode-request-id'] === 'string', 'it makes none of its own')
    },
  },
  {
    name: 'answers unknown addresses and methods in the documented form',
    rule: 'NOT_FOUND, METHOD_NOT_ALLOWED',
    async run({ till: { wire } }) {
      demandRefusal(await wire.call({ method: 'GET', target: '/v1/nothing' }), 'NOT_FOUND')
      demandRefusal(
        await wire.call({ method: 'DELETE', target: '/v1/payments' }),
        'METHOD_NOT_ALLOWED',
      )
    },
  },
  {
    name: 'refuses targets and hosts that could be read in two ways',
    rule: 'RFC 9421 §7.2.4: TARGET_INVALID',
    async run({ origin }) {
      const { host } = new URL(origin)
      const bad: [what: string, head: string[]][] = [
        ['an absolute-form target', [`GET ${origin}/v1/terminal HTTP/1.1`, `host: ${host}`]],
        ['a foreign Host', ['GET /v1/terminal HTTP/1.1', 'host: other.example']],
        ['two Hosts', ['GET /v1/terminal HTTP/1.1', `host: ${host}`, 'host: other.example']],
        ['a dot segment', ['GET /v1/x/../terminal HTTP/1.1', `host: ${host}`]],
        ['an encoded dot segment', ['GET /v1/x/%2e%2e/terminal HTTP/1.1', `host: ${host}`]],
      ]
      for (const [what, head] of bad) {
        const reply = await exchangeRaw(origin, head).catch(() => undefined)
        demand(reply !== undefined, `no reply to ${what}`)
        const right = reply.status === 400 && reply.text.includes('"TARGET_INVALID"')
        demand(right, `${what} is answered with ${reply.status}, not as TARGET_INVALID`)
      }
    },
  },
  {
    name: 'refuses bodies that are too large',
    rule: 'BODY_TOO_LARGE',
    async run({ till: { wire } }) {
      const json = { orderNo: 'x', amountFen: 1, code: 'x', padding: 'x'.repeat(64 * 1024) }
      const reply = await wire.call({ method: 'POST', target: '/v1/payments', json })
      demandRefusal(reply, 'BODY_TOO_LARGE', { signed: false })
    },
  },
  {
    name: 'refuses bodies of another type',
    rule: 'MEDIA_TYPE_UNSUPPORTED',
    async run(world) {
      const body = JSON.stringify({ orderNo: world.newOrderNo(), amountFen: 1, code: 'x' })
      for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
        const headers = { 'content-type': type }
        const call = { method: 'POST', target: '/v1/payments', body, headers }
        demandRefusal(await world.till.wire.call(call), 'MEDIA_TYPE_UNSUPPORTED')
      }
    },
  },
  {
    name: 'refuses broken JSON, other shapes and unknown members',
    rule: 'BAD_REQUEST',
    async run(world) {
      const right = { orderNo: world.newOrderNo(), amountFen: LIST_FEN, code: 'x' }
      const { orderNo: _, ...lacking } = right
      const bodies: Record<string, string> = {
        'cut JSON': JSON.stringify(right).slice(0, -1),
        'no JSON': 'hello',
        nothing: '',
        null: 'null',
        'an array': JSON.stringify([right]),
        'an unknown member': JSON.stringify({ ...right, tip: 1 }),
        'a missing member': JSON.stringify(lacking),
        'a member of another type': JSON.stringify({ ...right, code: 7 }),
        'a code of a thousand characters': JSON.stringify({ ...right, code: '7'.repeat(1000) }),
      }
      for (const [what, body] of Object.entries(bodies)) {
        const headers = { 'content-type': 'application/json' }
        const call = { method: 'POST', target: '/v1/payments', body, headers }
        const reply = await world.till.wire.call(call)
        await explain(what, () => demandRefusal(reply, 'BAD_REQUEST'))
      }
    },
  },
  {
    name: 'refuses order numbers that are not 1 to 64 of A–Z a–z 0–9 _ -',
    rule: 'R33: BAD_REQUEST',
    async run(world) {
      for (const orderNo of ['', 'a b', 'a/b', '订单', 'x'.repeat(65), 'a\n', 7, null]) {
        const reply = await world.sendPay(world.till, { orderNo, amountFen: LIST_FEN, code: 'x' })
        demandRefusal(reply, 'BAD_REQUEST')
      }
      const reply = await world.callOrder('getPayment', world.till, { orderNo: 'x'.repeat(65) })
      demandRefusal(reply, 'BAD_REQUEST')
    },
  },
  {
    name: 'refuses ids and queries that are not in the documented form',
    rule: 'BAD_REQUEST',
    async run(world) {
      const [person] = world.everybody
      demandRefusal(await world.callPerson('getCard', { id: 'somebody' }), 'BAD_REQUEST')
      for (const query of ['', '?month=2026-13', '?month=today']) {
        demandRefusal(await world.callPerson('getBill', person, { query }), 'BAD_REQUEST')
      }
    },
  },
  {
    name: 'keeps persons and schools that it does not have apart from those it has',
    rule: 'NOT_FOUND',
    async run(world) {
      const nobody = { id: '019a0000-0000-7000-8000-000000000000' }
      demandRefusal(await world.callPerson('getCard', nobody), 'NOT_FOUND')
      demandRefusal(await world.callPerson('getAccounts', nobody), 'NOT_FOUND')
      const [person] = world.everybody
      const otherSchool = world.demo.school.id === '9999' ? '9998' : '9999'
      const target = fillPath(corePersonRoutes.getCard.path, {
        schoolId: otherSchool,
        personId: person.id,
      })
      demandRefusal(await world.bff.call({ method: 'GET', target }), 'NOT_FOUND')
    },
  },
]

async function getPlain({ origin }: World, path: string) {
  const response = await fetch(origin + path)
  return { status: response.status, text: await response.text() }
}

/** Says of several cases which one it was. */
async function explain(what: string, check: () => void): Promise<void> {
  try {
    check()
  } catch (error) {
    if (error instanceof NotConforming) throw new NotConforming(`${what}: ${error.message}`)
    throw error
  }
}
