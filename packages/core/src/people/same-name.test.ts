import { describe, expect, it } from 'vitest'
import { isSameName } from './same-name.ts'

describe('isSameName', () => {
  it.each([
    ['林知夏', ' 林知夏 '],
    ['阿依古丽·买买提', '阿依古丽•买买提'],
    ['Guliyeva Aysel', 'GULIYEVA  AYSEL'],
    ['Ｌｉｎ', 'lin'],
    ["O'Neill-Jones", 'ONEILL JONES'],
  ])('takes %s and %s for one', (one, other) => expect(isSameName(one, other)).toBe(true))

  it.each([
    ['林知夏', '林知'],
    ['林知夏', '周子昂'],
    ['Aysel', 'Aysén'],
    ['林知夏', '·'],
  ])('keeps %s and %s apart', (one, other) => expect(isSameName(one, other)).toBe(false))
})
