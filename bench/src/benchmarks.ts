import type { Benchmark } from './benchmark.ts'

/** All of them, in the order of the table. */
export const benchmarks: readonly Benchmark[] = []
