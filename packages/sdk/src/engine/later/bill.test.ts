import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createFakeBff, type FakeBff } from '../testing/fake-bff.ts'
import { openPage, until, usePhone } from '../testing/phone.ts'

let bff: FakeBff
let page: ReturnType<typeof openPage>
let pages: Record<string, object>

beforeEach(() => {
  bff = createFakeBff()
  usePhone(bff)
  page = openPage(bff)
  const entry = (entryId: string) => ({ entryId, paymentId: entryId })
  const month = { month: '2026-09', outFen: 900, inFen: 0 }
  pages = {
    '': { ...month, entries: [entry('e3'), entry('e2')], next: 'n1' },
    n1: { ...month, entries: [entry('e2'), entry('e1')], next: null },
  }
  bff.on('GET /bill', ({ query }) => pages[query.get('cursor') ?? ''] ?? bff.refuse('BAD_REQUEST'))
})
afterEach(() => {
  page.close()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const ids = () => page.model.bill.value.value?.entries.map((entry) => entry.entryId)

test('a month is opened, and its pages follow without repeats (R17)', async () => {
  page.model.openBill({ month: '2026-09' })
  await until(() => ids()?.length === 2)
  page.model.moreBill()
  await until(() => ids()?.length === 3)
  expect(ids()).toEqual(['e3', 'e2', 'e1'])
  expect(page.model.bill.value).toMatchObject({ loading: false, value: { next: null } })
  page.model.moreBill()
  await until(() => bff.count('GET /bill') === 2)
})

test('another month begins empty, and late answers of the first are dropped', async () => {
  let release = () => {}
  bff.on('GET /bill', async ({ query }) => {
    if (query.get('month') === '2026-08') {
      await new Promise<void>((resolve) => {
        release = resolve
      })
    }
    return { month: query.get('month'), outFen: 0, inFen: 0, entries: [], next: null }
  })
  page.model.openBill({ month: '2026-08' })
  await until(() => bff.count('GET /bill') === 1)
  page.model.openBill({ month: '2026-09' })
  await until(() => page.model.bill.value.value?.month === '2026-09')
  release()
  await until(() => !page.model.bill.value.loading)
  expect(page.model.bill.value.value?.month).toBe('2026-09')
})

test('what was shown stays when a page cannot be fetched', async () => {
  page.model.openBill({ month: '2026-09' })
  await until(() => ids()?.length === 2)
  bff.on('GET /bill', () => bff.refuse('CORE_UNREACHABLE'))
  page.model.moreBill()
  await until(() => page.model.bill.value.problem)
  expect(ids()).toEqual(['e3', 'e2'])
  expect(page.model.bill.value.problem).toMatchObject({ code: 'CORE_UNREACHABLE' })
})

test('a filter narrows every page and the sums, and the answer names it (R17)', async () => {
  page.model.openBill({ month: '2026-09' })
  await until(() => ids()?.length === 2)
  const seen: string[] = []
  bff.on('GET /bill', ({ query }) => {
    seen.push(String(query))
    const entries = [{ entryId: query.get('cursor') ?? 'r1' }]
    const next = query.get('cursor') ? null : 'n1'
    return { month: '2026-09', outFen: 0, inFen: 300, entries, next }
  })
  page.model.openBill({ month: '2026-09', kind: 'refund', search: '食堂' })
  expect(ids()).toEqual(['e3', 'e2'])
  expect(page.model.bill.value.value?.filter).toEqual({})
  await until(() => page.model.bill.value.value?.inFen === 300)
  expect(page.model.bill.value.value?.filter).toEqual({ kind: 'refund', search: '食堂' })
  page.model.moreBill()
  await until(() => ids()?.length === 2)
  expect(ids()).toEqual(['r1', 'n1'])
  const narrowed = new URLSearchParams({ month: '2026-09', kind: 'refund', search: '食堂' })
  expect(seen).toHaveLength(2)
  for (const query of seen) {
    const sent = new URLSearchParams(query)
    for (const [name, value] of narrowed) expect(sent.get(name)).toBe(value)
  }
})

test('no page of another part is joined to what is on display', async () => {
  page.model.openBill({ month: '2026-09' })
  await until(() => ids()?.length === 2)
  bff.on('GET /bill', () => bff.refuse('CORE_UNREACHABLE'))
  page.model.openBill({ month: '2026-09', channel: 'wallet' })
  await until(() => page.model.bill.value.problem)
  const asked = bff.count('GET /bill')
  page.model.moreBill()
  await until(() => !page.model.bill.value.loading)
  expect(bff.count('GET /bill')).toBe(asked)
})
