import type { Benchmark } from './benchmark.ts'
import { widgetSize } from './widget-size/widget-size.ts'

/** All of them, in the order of the table. */
export const benchmarks: readonly Benchmark[] = [widgetSize]
