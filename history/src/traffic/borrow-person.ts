import type { Random } from '../random.ts'
import type { Kind, Person } from '../world.ts'

/** People who are with one customer's story at a time, so that what it sets up stays as it is. */
export interface Lenders {
  /** Does the work with somebody of these kinds who is free; nothing when nobody is. */
  lend<T>(
    random: Random,
    kinds: Kind[],
    work: (person: Person) => Promise<T>,
  ): Promise<T | undefined>
}

export function createLenders(people: readonly Person[]): Lenders {
  const lent = new Set<Person>()
  return {
    async lend(random, kinds, work) {
      const free = people.filter((person) => kinds.includes(person.kind) && !lent.has(person))
      if (free.length === 0) return undefined
      const person = random.pick(free)
      lent.add(person)
      try {
        return await work(person)
      } finally {
        lent.delete(person)
      }
    },
  }
}
