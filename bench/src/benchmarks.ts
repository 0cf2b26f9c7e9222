import type { Benchmark } from './benchmark.ts'
import { firstCode } from './first-code/first-code.ts'
import { paymentFunction } from './payments/payment-function.ts'
import { paymentHttp } from './payments/payment-http.ts'
import { scale } from './scale/scale.ts'
import { widgetSize } from './widget-size/widget-size.ts'

/** All of them, in the order of the table. */
export const benchmarks: readonly Benchmark[] = [
  paymentFunction,
  paymentHttp,
  scale,
  widgetSize,
  firstCode,
]
