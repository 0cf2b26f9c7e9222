import { createHash } from 'node:crypto'

/**
 * Choices that follow from a seed. Not for secrets.
 *
 * A fork is a stream of its own: what one till chooses does not depend on how often another has
 * chosen before, which is up to the machine.
 */
export interface Random {
  /** From 0 up to, not including, 1. */
  next(): number
  /** A whole number from min to max, both included. */
  int(min: number, max: number): number
  chance(probability: number): boolean
  pick<T>(list: readonly T[]): T
  /** One of the keys, as often as its weight says. */
  weighted<K extends string>(weights: Record<K, number>): K
  shuffle<T>(list: readonly T[]): T[]
  fork(name: string): Random
}

export function createRandom(seed: number | string): Random {
  const next = createXoshiro128(createHash('sha256').update(String(seed)).digest())
  const int = (min: number, max: number) => min + Math.floor(next() * (max - min + 1))
  return {
    next,
    int,
    chance: (probability) => next() < probability,
    pick<T>(list: readonly T[]): T {
      if (list.length === 0) throw new RangeError('nothing to pick from')
      return list[int(0, list.length - 1)] as T
    },
    weighted<K extends string>(weights: Record<K, number>): K {
      const entries = Object.entries(weights) as [K, number][]
      let left = next() * entries.reduce((sum, [, weight]) => sum + weight, 0)
      for (const [key, weight] of entries) {
        left -= weight
        if (left < 0) return key
      }
      throw new RangeError('no weight to pick by')
    },
    shuffle<T>(list: readonly T[]): T[] {
      const shuffled = [...list]
      for (let i = shuffled.length - 1; i > 0; i--) {
        const j = int(0, i)
        ;[shuffled[i], shuffled[j]] = [shuffled[j] as T, shuffled[i] as T]
      }
      return shuffled
    },
    fork: (name) => createRandom(`${seed}/${name}`),
  }
}

/** xoshiro128**, Blackman and Vigna, prng.di.unimi.it. */
function createXoshiro128(seed: Buffer): () => number {
  const s = new Uint32Array([0, 4, 8, 12].map((at) => seed.readUInt32LE(at)))
  const rotate = (x: number, k: number) => (x << k) | (x >>> (32 - k))
  return () => {
    const [s0 = 0, s1 = 0, s2 = 0, s3 = 0] = s
    const result = Math.imul(rotate(Math.imul(s1, 5), 7), 9) >>> 0
    const t2 = s2 ^ s0
    const t3 = s3 ^ s1
    s[1] = s1 ^ t2
    s[0] = s0 ^ t3
    s[2] = t2 ^ (s1 << 9)
    s[3] = rotate(t3, 11)
    return result / 2 ** 32
  }
}
