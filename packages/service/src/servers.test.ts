import { createServer, type Server, type ServerResponse } from 'node:http'
import { expect, it } from 'vitest'
import { closeServers, listen } from './servers.ts'

async function serve(): Promise<{ server: Server; url: string; held: ServerResponse[] }> {
  const held: ServerResponse[] = []
  const server = createServer((incoming, answer) => {
    if (incoming.url === '/held') held.push(answer)
    else answer.end('answered')
  })
  return { server, url: `http://127.0.0.1:${await listen(server, 0, '127.0.0.1')}`, held }
}

it('refuses to listen where somebody else does', async () => {
  const { server, url } = await serve()
  await expect(listen(createServer(), Number(new URL(url).port), '127.0.0.1')).rejects.toThrow(
    'EADDRINUSE',
  )
  await closeServers([server], 0, () => {})
})

it('serves on while balancers have not noticed, and keeps nobody’s connection', async () => {
  const { server, url } = await serve()
  const closed = closeServers([server], 2_000, () => {})
  const answer = await fetch(url)
  expect(await answer.text()).toBe('answered')
  expect(answer.headers.get('connection')).toBe('close')
  await closed
  await expect(fetch(url)).rejects.toThrow()
})

it('answers what has begun, and ends what only waits', async () => {
  const one = await serve()
  const other = await serve()
  const asked = [fetch(`${one.url}/held`), fetch(`${other.url}/held`)]
  await expect.poll(() => one.held.length + other.held.length).toBe(2)
  const closed = closeServers([one.server, other.server], 0, () => one.held[0]?.end('over'))
  await expect(fetch(one.url)).rejects.toThrow()
  other.held[0]?.end('done')
  expect(await Promise.all(asked.map(async (answer) => (await answer).text()))).toEqual([
    'over',
    'done',
  ])
  await closed
})
