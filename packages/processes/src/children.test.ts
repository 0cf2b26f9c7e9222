import { createServer } from 'node:net'
import { expect, it } from 'vitest'
import { runChild, startChild } from './children.ts'
import { findFreePorts } from './free-ports.ts'

const run = (script: string) => runChild(process.execPath, ['-e', script], {})

it('gives all that a program printed, and throws with it when it ends badly', async () => {
  expect(await run('console.log(`x`.repeat(100_000)); console.error(`y`)')).toMatch(/^x{100000}\ny/)
  await expect(run('console.error(`no`); process.exit(3)')).rejects.toThrow('-e failed: no')
  await expect(runChild('/nowhere', [], {})).rejects.toThrow('/nowhere failed')
})

it('stops a child by its signal, and knows that it is gone', async () => {
  const child = startChild(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {})
  expect(child.isAlive()).toBe(true)
  await child.stop('SIGTERM')
  expect(child.isAlive()).toBe(false)
  expect(child.process.signalCode).toBe('SIGTERM')
})

it('finds ports that nobody has, all different', async () => {
  const ports = await findFreePorts(30)
  expect(new Set(ports).size).toBe(30)
  for (const port of ports) {
    const server = createServer()
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, '127.0.0.1', resolve)
    })
    await new Promise((resolve) => server.close(resolve))
  }
})
