import { accessPictures } from './access-pictures/access-pictures.ts'
import type { Benchmark } from './benchmark.ts'
import { bff } from './bff/bff.ts'
import { bill } from './bill/bill.ts'
import { firstCode } from './first-code/first-code.ts'
import { gate } from './gate/gate.ts'
import { idlePhones } from './idle-phones/idle-phones.ts'
import { paymentFunction } from './payments/payment-function.ts'
import { paymentHttp } from './payments/payment-http.ts'
import { readerPictures } from './reader-pictures/reader-pictures.ts'
import { scale } from './scale/scale.ts'
import { widgetSize } from './widget-size/widget-size.ts'

/** All of them, in the order of the table. */
export const benchmarks: readonly Benchmark[] = [
  paymentFunction,
  paymentHttp,
  scale,
  bill,
  bff,
  idlePhones,
  gate,
  widgetSize,
  firstCode,
  readerPictures,
  accessPictures,
]
