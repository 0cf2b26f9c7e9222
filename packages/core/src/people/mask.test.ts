import { describe, expect, it } from 'vitest'
import { maskCardNo, maskName } from './mask.ts'

describe('maskName', () => {
  it.each([
    ['林知夏', '林*夏'],
    ['张三', '张*'],
    ['李', '李*'],
    ['欧阳娜娜', '欧**娜'],
    ['Guliyeva Aysel', 'G***l'],
    ['𠮷野家', '𠮷*家'],
    [' 林知夏 ', '林*夏'],
  ])('shows of %s only %s', (name, masked) => expect(maskName(name)).toBe(masked))
})

describe('maskCardNo', () => {
  it.each([
    ['20231234417891', '2023••••891'],
    ['20231234417', '2023••••417'],
    ['2023000417', '202••••417'],
    ['20230417', '20••••17'],
    ['T0042', 'T••••2'],
    ['417', '4••••'],
    ['1', '••••'],
  ])('shows of %s only %s', (cardNo, masked) => expect(maskCardNo(cardNo)).toBe(masked))
})
