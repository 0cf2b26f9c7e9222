import { expect, it } from 'vitest'
import { tellState } from './page/panel-text.ts'
import type { StallView } from './stall.ts'

const session: NonNullable<StallView['session']> = {
  status: 'RUNNING',
  ...{ sessionNo: '1', holdFen: 1_500, litresMl: 0, amountFen: 0, lastSeq: 0 },
  ...{ endedBy: null, startedAt: '2026-09-01T12:00:00.000Z', endedAt: null, leaseSeconds: 180 },
  maxMl: 100_000,
}
const view: StallView = {
  lie: 'none',
  phase: 'running',
  ...{ power: true, network: true, isOpen: true, online: true },
  ...{ totalMl: 0, session },
}

it('says how little is left before the hold is used up and the water stops (R26)', () => {
  expect(tellState({ ...view, totalMl: 89_999 })?.en).toBe('Water is on')
  expect(tellState({ ...view, totalMl: 90_000 })?.en).toBe('Water is on, 10.0 litres left')
  expect(tellState({ ...view, totalMl: 100_400 })?.en).toBe('Water is on, 0.0 litres left')
  expect(tellState({ ...view, totalMl: 95_000, isOpen: false })?.en).toContain('Paused')
})
