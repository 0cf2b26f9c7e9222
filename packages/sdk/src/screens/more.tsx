import { zhCnMore } from '../strings/zh-cn-more.ts'
import { BillScreen } from './bill/bill-screen.tsx'
import { EntryScreen } from './bill/entry-screen.tsx'
import { CardScreen } from './card/card-screen.tsx'
import { EnrolScreen } from './enrol/enrol-screen.tsx'

/** All that the first code can do without; one chunk, fetched as soon as that code is drawn. */
export const more = { strings: zhCnMore, CardScreen, BillScreen, EntryScreen, EnrolScreen }

export type More = typeof more
