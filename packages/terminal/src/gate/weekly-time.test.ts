import { describe, expect, it } from 'vitest'
import { holdsWeekly, readLocalTime } from './weekly-time.ts'

describe('the time of a week', () => {
  it.each([
    ['2026-11-22T15:59:59Z', 7, 23 * 60 + 59],
    ['2026-11-22T16:00:00Z', 1, 0],
    ['2026-11-23T02:30:00Z', 1, 10 * 60 + 30],
    ['2024-02-28T16:00:00Z', 4, 0],
  ])('is at %s in China day %i, minute %i', (instant, day, minute) => {
    expect(readLocalTime(Date.parse(instant) / 1000, 480)).toEqual({ day, minute })
  })

  it('may lie on the other side of the date line', () => {
    expect(readLocalTime(Date.parse('2026-11-23T00:30:00Z') / 1000, -60)).toEqual({
      day: 7,
      minute: 23 * 60 + 30,
    })
  })

  const at = (day: number, time: string) => {
    const [hour = 0, minute = 0] = time.split(':').map(Number)
    return { day, minute: hour * 60 + minute }
  }

  it.each([
    [{ days: [1], from: '08:00', until: '22:00' }, at(1, '08:00'), true],
    [{ days: [1], from: '08:00', until: '22:00' }, at(1, '22:00'), false],
    [{ days: [1], from: '08:00', until: '22:00' }, at(2, '12:00'), false],
    [{ days: [1], from: '08:00', until: '24:00' }, at(1, '23:59'), true],
    [{ days: [7], from: '22:00', until: '06:00' }, at(1, '05:59'), true],
    [{ days: [7], from: '22:00', until: '06:00' }, at(1, '06:00'), false],
    [{ days: [7], from: '22:00', until: '06:00' }, at(7, '05:00'), false],
    [{ days: [7], from: '22:00', until: '06:00' }, at(7, '22:00'), true],
    [{ days: [3], from: '06:00', until: '06:00' }, at(4, '05:59'), true],
    [{ days: [3], from: '06:00', until: '06:00' }, at(4, '06:00'), false],
  ])('%j at %j: %s', (weekly, local, expected) => {
    expect(holdsWeekly(weekly, local)).toBe(expected)
  })
})
