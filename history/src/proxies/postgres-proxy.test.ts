import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type PostgresProxy, startPostgresProxy } from './postgres-proxy.ts'
import { execute, message, parse, ready, startup } from './testing/wire-messages.ts'

const PAY = Buffer.concat([parse('p', 'select * from pay_batch($1)'), execute('p')])

let server: Server
let proxy: PostgresProxy
/** What has come to the server on its newest connection. */
let arrived: Buffer
let atServer: Socket

beforeEach(async () => {
  server = createServer((socket) => {
    atServer = socket.on('error', () => {})
    arrived = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      arrived = Buffer.concat([arrived, chunk])
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  proxy = await startPostgresProxy((server.address() as AddressInfo).port)
})
afterEach(async () => {
  await proxy.close()
  await new Promise((done) => server.close(done))
})

/** A core's connection that has begun. */
async function open(): Promise<Socket> {
  const core = connect(proxy.port, '127.0.0.1').on('error', () => {})
  core.write(startup())
  const connected = once(server, 'connection')
  await connected
  await waitFor(() => arrived.length > 0)
  atServer.write(ready('I'))
  await once(core, 'data')
  return core
}

it('passes everything on, both ways, when no trap is set', async () => {
  const core = await open()
  core.write(PAY)
  await waitFor(() => arrived.includes(PAY))
  atServer.write(Buffer.concat([message('C', 'SELECT 1\0'), ready('I')]))
  const [answer] = (await once(core, 'data')) as [Buffer]
  expect(answer.includes(ready('I'))).toBe(true)
})

it('keeps what is asked from arriving, and cuts both ends after acting', async () => {
  const core = await open()
  const before = arrived.length
  let acted = false
  const sprung = proxy.setTrap({
    at: 'asked',
    matches: ({ isPayBatch }) => isPayBatch,
    act: async () => {
      expect(core.closed).toBe(false)
      await sleep(20)
      acted = true
    },
  })
  const closed = once(core, 'close')
  core.write(PAY)
  await closed
  expect([acted, await sprung, arrived.length]).toEqual([true, true, before])
})

it('keeps the news of what was kept from the core', async () => {
  const core = await open()
  const heard: Buffer[] = []
  core.on('data', (chunk: Buffer) => heard.push(chunk))
  const sprung = proxy.setTrap({ at: 'kept', matches: () => true, act: () => {} })
  core.write(PAY)
  await waitFor(() => arrived.includes(PAY))
  const closed = once(core, 'close')
  atServer.write(ready('I'))
  await closed
  expect([await sprung, heard]).toEqual([true, []])
})

it('springs once, and tells who set a trap that another has replaced', async () => {
  const replaced = proxy.setTrap({ at: 'asked', matches: () => true, act: () => {} })
  const gone = proxy.setTrap(undefined)
  expect(await replaced).toBe(false)
  const core = await open()
  core.write(PAY)
  await waitFor(() => arrived.includes(PAY))
  void proxy.setTrap(undefined)
  expect(await gone).toBe(false)
})

it('cuts all connections there are', async () => {
  const cores = [await open(), await open()]
  const closed = cores.map((core) => once(core, 'close'))
  expect(proxy.cutAll()).toBe(2)
  await Promise.all(closed)
  expect(proxy.cutAll()).toBe(0)
})

async function waitFor(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await sleep(5)
}
