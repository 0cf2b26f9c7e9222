import type { Benchmark } from './benchmark.ts'
import { firstCode } from './first-code/first-code.ts'
import { widgetSize } from './widget-size/widget-size.ts'

/** All of them, in the order of the table. */
export const benchmarks: readonly Benchmark[] = [widgetSize, firstCode]
