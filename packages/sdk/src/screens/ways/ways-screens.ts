import { zhCnWays } from '../../strings/zh-cn-ways.ts'
import { Cashier } from './cashier.tsx'
import { WaysScreen } from './ways-screen.tsx'

/** All of the other ways to pay; one part, fetched when the first of them is opened. */
export const waysScreens = {
  strings: zhCnWays,
  Cashier,
  WaysScreen,
}

export type WaysScreens = typeof waysScreens
