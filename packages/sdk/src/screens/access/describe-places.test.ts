import { describe, expect, it } from 'vitest'
import { makeTranslate } from '../../strings/translate.ts'
import { zhCnAccess } from '../../strings/zh-cn-access.ts'
import { describePlaces } from './describe-places.ts'

const t = makeTranslate(zhCnAccess)
const place = (campus: string | null, zone: string, purpose: 'door' | 'library' = 'door') => ({
  ...{ campus, zone, purpose },
})

describe('where a scene works (R40)', () => {
  it('is by zone, of this purpose alone', () => {
    const places = [place(null, '北门'), place('仙林', '教学楼 A'), place('仙林', '馆', 'library')]
    expect(describePlaces(places, 'door', '仙林', t)).toBe('可用于 北门、教学楼 A')
  })

  it('names campuses, one’s own first, as soon as another is among them', () => {
    const places = [place('鼓楼', '古籍馆'), place('仙林', '教学楼 A'), place('仙林', '北门')]
    expect(describePlaces(places, 'door', '仙林', t)).toBe(
      '可用于 仙林：教学楼 A、北门；鼓楼：古籍馆',
    )
  })

  it('counts many rather than listing them', () => {
    const places = Array.from({ length: 9 }, (_, nth) => place(null, `${nth + 1} 号楼`))
    expect(describePlaces(places, 'door', null, t)).toBe(
      '可用于 1 号楼、2 号楼、3 号楼、4 号楼 等 9 处',
    )
  })

  it('is nothing where nothing is known', () => {
    expect(describePlaces([], 'door', null, t)).toBe('')
  })
})
