import { expect, it } from 'vitest'
import { createRandom } from '../random.ts'
import type { Person } from '../world.ts'
import { createLenders } from './borrow-person.ts'

const person = (id: string, kind: Person['kind']): Person => ({
  ...{ id, kind, phone: '', cardId: undefined },
  hasWallet: true,
  hasPassword: true,
})

it('lends each person of a kind to one at a time, and again when they are back', async () => {
  const { lend } = createLenders([person('a', 'tight'), person('b', 'tight'), person('c', 'poor')])
  const random = createRandom(1)
  const met: string[] = []
  const goes: (() => void)[] = []
  const stay = ({ id }: Person) => {
    met.push(id)
    return new Promise<void>((go) => goes.push(go))
  }
  const first = lend(random, ['tight'], stay)
  const second = lend(random, ['tight'], stay)
  expect(met.toSorted()).toEqual(['a', 'b'])
  expect(await lend(random, ['tight'], () => Promise.resolve('somebody'))).toBeUndefined()
  for (const go of goes) go()
  await Promise.all([first, second])
  expect(await lend(random, ['tight'], () => Promise.resolve('somebody'))).toBe('somebody')
})

it('has them back when the work fails', async () => {
  const { lend } = createLenders([person('a', 'tight')])
  const random = createRandom(1)
  await expect(lend(random, ['tight'], () => Promise.reject(new Error('broken')))).rejects.toThrow()
  expect(await lend(random, ['tight'], ({ id }) => Promise.resolve(id))).toBe('a')
})
