import { describe, expect, it } from 'vitest'
import { type AccessSchool, createAccessSchool, type ListChange } from '../testing/access-school.ts'
import { createWarningWatch, type GateWarning, listWarnings } from './gate-warnings.ts'
import { createDocumentGuard, type Holdings } from './holdings.ts'

const NOW = 1_795_399_200
const DAY = 86_400
const none = { isDisabled: false, isStorageFailed: false, lostCount: 0, refused: [] }

function hold(school: AccessSchool, keySet = school.keySet(), list: ListChange = {}): Holdings {
  const guard = createDocumentGuard(school)
  return [keySet, school.policy(), school.list(list)].reduce((holdings: Holdings, document) => {
    const taken = guard.take(holdings, document, 'any')
    return 'holdings' in taken ? taken.holdings : holdings
  }, {})
}

const namesAt = (holdings: Holdings, now: number) =>
  listWarnings(holdings, now, none).map(({ warning }) => warning)

describe('warnings', () => {
  it('begin 14 days before the key set ends', () => {
    const school = createAccessSchool(NOW)
    const holdings = hold(school, school.keySet({ expires: NOW + 20 * DAY }), {
      issued: NOW + 20 * DAY,
    })
    const at = (days: number, seconds = 0) =>
      namesAt(holdings, NOW + days * DAY + seconds).filter((name) => name.startsWith('keys'))
    expect(at(6, -1)).toEqual([])
    expect(at(6)).toEqual(['keys_expiring'])
    expect(at(20, -1)).toEqual(['keys_expiring'])
    expect(at(20)).toEqual(['keys_expired'])
  })

  it('begin 14 days before the last of its keys ends, not the first', () => {
    const school = createAccessSchool(NOW)
    const [first] = school.issuerKeys
    if (!first) throw new Error('no issuer key')
    const keys = [
      { ...first, notAfter: NOW + 2 * DAY },
      school.addIssuerKey({ notAfter: NOW + 15 * DAY }),
    ]
    const holdings = hold(school, school.keySet({ keys }), { issued: NOW + DAY })
    expect(namesAt(holdings, NOW + DAY - 1)).not.toContain('keys_expiring')
    expect(namesAt(holdings, NOW + DAY)).toContain('keys_expiring')
    expect(namesAt(holdings, NOW + 15 * DAY)).toContain('keys_expired')
  })

  it('say when the list is a day old (R32)', () => {
    const holdings = hold(createAccessSchool(NOW), undefined, { issued: NOW })
    expect(namesAt(holdings, NOW + DAY - 1)).toEqual([])
    expect(namesAt(holdings, NOW + DAY)).toEqual(['list_stale'])
  })

  it('say when the clock cannot be right, and when there is nothing to go by', () => {
    const holdings = hold(createAccessSchool(NOW))
    expect(namesAt(holdings, NOW - 3_600)).toEqual(['clock_behind'])
    expect(namesAt({}, NOW)).toEqual(['no_documents'])
  })

  it('are told once each, when they begin, and again when they come back', () => {
    let present: GateWarning[] = []
    const told: string[] = []
    const look = createWarningWatch(
      () => present,
      ({ warning }) => told.push(warning),
    )
    const stale: GateWarning = { warning: 'list_stale', issued: NOW }
    present = [stale]
    look()
    look()
    present = [stale, { warning: 'gate_disabled' }]
    look()
    present = []
    look()
    present = [stale]
    look()
    expect(told).toEqual(['list_stale', 'gate_disabled', 'list_stale'])
  })
})
