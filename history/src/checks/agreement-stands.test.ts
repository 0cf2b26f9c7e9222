import { describe, expect, it } from 'vitest'
import type { LedgerDump } from '../diary.ts'
import type { RecordedHistory } from '../read-history.ts'
import { found, problemsAfter, rowOf } from '../testing/doctor.ts'
import { agreementStands } from './agreement-stands.ts'

const after = (doctor: (recorded: RecordedHistory) => void) =>
  problemsAfter(agreementStands, doctor)
const change = ({ ledger }: RecordedHistory, what: LedgerDump['agreements'][number]['change']) =>
  found(ledger.agreements.find((one) => one.change === what))

/** As if it had paid after all. */
function take(recorded: RecordedHistory, order: string, signedAt: string | null) {
  const { spent_on } = rowOf(recorded, 't3/swiped')
  const status = { status: 'PAID', refusal: null, spent_on }
  Object.assign(rowOf(recorded, order), { ...status, agreement_signed_at: signedAt })
}

describe('the agreement', () => {
  it('stands in a correct history', () => {
    expect(after(() => {})).toEqual([])
  })

  it('was never signed', () => {
    expect(after((h) => take(h, 't3/unsigned', null))).toEqual([
      'a card paid though no agreement was ever signed',
    ])
  })

  it('was cancelled when a card paid, whatever the payment says', () => {
    const [told] = after((h) => take(h, 't3/unsigned-again', change(h, 'signed').at))
    expect(told).toMatch(/^a card paid at .*, after the agreement was cancelled at /)
  })

  it('may have been signed anew while the card was read, not after its payment was known', () => {
    const sign = (h: RecordedHistory, laterMs: number) => {
      const { person_id } = change(h, 'cancelled')
      const { created_at } = rowOf(h, 't3/unsigned-again')
      const at = new Date(Date.parse(created_at) + laterMs).toISOString()
      h.ledger.agreements.push({ person_id, change: 'signed', at })
      take(h, 't3/unsigned-again', at)
    }
    expect(after((h) => sign(h, 0))).toEqual([])
    expect(after((h) => sign(h, 60_000))).toHaveLength(1)
  })

  it('is named by what paid under it, and by nothing else', () => {
    expect(after((h) => take(h, 't3/swiped', null))).toEqual(['a card paid and names no agreement'])
    const later = new Date(Date.UTC(2030, 0)).toISOString()
    expect(after((h) => take(h, 't3/swiped', later))).toEqual([
      `a card paid under an agreement of ${later}, which nobody signed`,
    ])
    expect(
      after((h) => {
        rowOf(h, 't1/plain').agreement_signed_at = later
      }),
    ).toEqual(['a payment by code names an agreement'])
  })

  it('is not asked of the one-card account', () => {
    const inOneCard = (h: RecordedHistory) => {
      take(h, 't3/unsigned', null)
      rowOf(h, 't3/unsigned').account = 'one_card'
    }
    expect(after(inOneCard)).toEqual([])
  })
})
