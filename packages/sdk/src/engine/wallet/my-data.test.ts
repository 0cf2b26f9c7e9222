import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createFakeBff, type FakeBff } from '../testing/fake-bff.ts'
import { openPage, pass, until, usePhone } from '../testing/phone.ts'

let bff: FakeBff
let page: ReturnType<typeof openPage>
let asked: { approvalId: string; cursor?: string }[]

const empty = { bankCards: [], devices: [], notices: [], bill: [] }
const at = '2026-09-01T04:00:00.000Z'

beforeEach(() => {
  bff = createFakeBff()
  usePhone(bff)
  page = openPage(bff)
  asked = []
  bff.on('POST /my-data', ({ body }) => {
    const given = body as { approvalId: string; cursor?: string }
    asked.push(given)
    return given.cursor === 'bill.2'
      ? { ...empty, at: '2026-09-01T04:00:09.000Z', about: null, bill: ['p2', 'p3'], next: null }
      : { ...empty, at, about: { name: '林知夏' }, devices: ['d'], bill: ['p1'], next: 'bill.2' }
  })
})
afterEach(() => {
  page.close()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

async function approve() {
  const wallet = await page.wallet()
  const done = wallet.approve({ kind: 'export_data' })
  await until(() => wallet.keypad.value)
  const { approvalId = '' } = wallet.keypad.value ?? {}
  bff.wallet.decide(approvalId, 'approved')
  wallet.hearKeypad({ type: 'ecode-keypad', approvalId, event: 'approved' })
  return { wallet, done, approvalId }
}

test('one’s own data is one document of all its pages, under one approval (R42)', async () => {
  const { wallet, done, approvalId } = await approve()
  expect(await done).toMatchObject({ kind: 'done' })
  expect(asked).toEqual([{ approvalId }, { approvalId, cursor: 'bill.2' }])
  const { value } = wallet.exported
  if (value?.kind !== 'ready') throw new Error('not there')
  expect(value.name).toBe('campus-ecode-2026-09-01.json')
  expect(JSON.parse(value.text)).toEqual({
    at,
    about: { name: '林知夏' },
    bankCards: [],
    devices: ['d'],
    notices: [],
    bill: ['p1', 'p2', 'p3'],
  })
  wallet.forgetExport()
  expect(wallet.exported.value).toBeUndefined()
})

test('a page that is lost on the way is asked for again; what is refused is not', async () => {
  let failures = 2
  bff.on('POST /my-data', () =>
    failures-- > 0
      ? bff.refuse('CORE_UNREACHABLE')
      : { ...empty, at, about: null, bill: ['p1'], next: null },
  )
  const { wallet, done } = await approve()
  await until(() => wallet.exported.value?.kind === 'fetching')
  await pass(10_000)
  expect(await done).toMatchObject({ kind: 'done' })
  expect(wallet.exported.value?.kind).toBe('ready')

  bff.on('POST /my-data', () => bff.refuse('APPROVAL_INVALID'))
  const before = bff.count('POST /my-data')
  const second = await approve()
  expect(await second.done).toMatchObject({
    kind: 'refused',
    problem: { code: 'APPROVAL_INVALID' },
  })
  expect(bff.count('POST /my-data')).toBe(before + 1)
  expect(wallet.exported.value).toBeUndefined()
})

test('nothing of it is kept in the tab, and signing out forgets it', async () => {
  const { wallet, done } = await approve()
  await done
  expect(
    JSON.stringify([...(sessionStorage as unknown as { kept: Map<string, string> }).kept]),
  ).not.toContain('林知夏')
  expect(wallet.exported.value?.kind).toBe('ready')
  await page.engine.signOut()
  expect(page.model.wallet.value).toBeUndefined()
})

test('a consent is taken back, or the core says what stands in the way', async () => {
  const wallet = await page.wallet()
  bff.on('GET /consents', () => ({ consents: [{ purpose: 'face', given: { at } }] }))
  bff.on('POST /consents/withdraw', ({ body }) => ({
    consents: [{ ...(body as object), given: null }],
  }))
  await wallet.loadConsents()
  expect(await wallet.withdrawConsent('face')).toMatchObject({ kind: 'done' })
  expect(wallet.consents.value.value?.consents).toMatchObject([{ purpose: 'face', given: null }])
  bff.on('POST /consents', ({ body }) => ({ consents: [{ ...(body as object), given: { at } }] }))
  expect(await wallet.giveConsent('face')).toMatchObject({ kind: 'done' })
  expect(wallet.consents.value.value?.consents).toMatchObject([{ purpose: 'face', given: { at } }])
  bff.on('POST /consents/withdraw', () => bff.refuse('CONSENT_CARD_IN_USE'))
  expect(await wallet.withdrawConsent('card')).toMatchObject({
    kind: 'refused',
    problem: { code: 'CONSENT_CARD_IN_USE' },
  })
})
