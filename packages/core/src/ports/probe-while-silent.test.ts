import { expect, test } from 'vitest'
import type { PortAnswer } from './debit-port.ts'
import { probeWhileSilent } from './probe-while-silent.ts'

/** A system whose answers the test gives, in the order of the questions. */
function createSystem() {
  const waiting: ((answer: PortAnswer<string>) => void)[] = []
  const ask = probeWhileSilent(
    (_name: string) => new Promise<PortAnswer<string>>((resolve) => waiting.push(resolve)),
  )
  const reply = async (answer: PortAnswer<string>) => {
    waiting.shift()?.(answer)
    await new Promise((done) => setImmediate(done))
  }
  return { ask, reply, waiting }
}
const unknown = { ok: false, reason: 'UNKNOWN' } as const
const notSent = { ok: false, reason: 'NOT_SENT' } as const
const fine = { ok: true, value: 'fine' } as const

test('asks everything at once while answers come, refusals among them', async () => {
  const { ask, reply, waiting } = createSystem()
  const asked = [ask('a'), ask('b')]
  await reply({ ok: false, reason: 'REFUSED', error: 'ACCOUNT_UNKNOWN' })
  asked.push(ask('c'))
  expect(waiting).toHaveLength(2)
  await reply(fine)
  await reply(fine)
  expect(await Promise.all(asked)).toMatchObject([{ reason: 'REFUSED' }, fine, fine])
})

test('R8: after silence one at a time asks, the others wait for nothing, and an answer ends it', async () => {
  const { ask, reply, waiting } = createSystem()
  const first = ask('a')
  await reply(unknown)
  expect(await first).toEqual(unknown)
  const probe = ask('b')
  expect(await Promise.all([ask('c'), ask('d')])).toEqual([notSent, notSent])
  expect(waiting).toHaveLength(1)
  await reply(unknown)
  expect(await probe).toEqual(unknown)
  const next = ask('e')
  expect(await ask('f')).toEqual(notSent)
  await reply(fine)
  expect(await next).toEqual(fine)
  const both = [ask('g'), ask('h')]
  expect(waiting).toHaveLength(2)
  await reply(fine)
  await reply(fine)
  expect(await Promise.all(both)).toEqual([fine, fine])
})

test('one lost answer among many that came is no silence', async () => {
  const { ask, reply, waiting } = createSystem()
  const lost = ask('lost')
  const other = ask('other')
  const [answerLost] = waiting.splice(0, 1)
  await reply(fine)
  answerLost?.(unknown)
  expect(await Promise.all([lost, other])).toEqual([unknown, fine])
  const both = [ask('a'), ask('b')]
  expect(waiting).toHaveLength(2)
  await reply(fine)
  await reply(fine)
  expect(await Promise.all(both)).toEqual([fine, fine])
})
