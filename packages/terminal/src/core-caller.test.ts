import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gateRoutes } from '@campus-ecode/protocol/gate-api'
import { PROBLEM_TYPE, toProblem } from '@campus-ecode/protocol/problem'
import { expect, it } from 'vitest'
import { createCoreCaller } from './core-caller.ts'
import { readCoreKey } from './core-key.ts'

it('lets nobody who has not signed move the clock, not even while the core is asked again', async () => {
  let askedCount = 0
  let asked = () => {}
  const askedTwice = new Promise<void>((resolve) => {
    asked = resolve
  })
  const server = createServer((_, response) => {
    if (++askedCount > 1) return asked()
    const date = new Date(Date.now() - 86_400_000).toUTCString()
    response.writeHead(401, { 'content-type': PROBLEM_TYPE, date })
    response.end(JSON.stringify(toProblem('SIGNATURE_EXPIRED', 'r-1')))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const secret = Buffer.alloc(32, 'gate').toString('base64url')
  const key = readCoreKey({ keyId: '1001.g.gate', secret })
  const caller = createCoreCaller({ coreUrl: `http://127.0.0.1:${port}`, ...key, callMs: 5_000 })
  const answer = caller.call(gateRoutes.getGate, {})
  await askedTwice
  expect(caller.clock.offsetMs).toBe(0)
  await caller.close()
  expect(await answer).toMatchObject({ kind: 'unknown' })
  expect(caller.clock.offsetMs).toBe(0)
  server.closeAllConnections()
  server.close()
})
