import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createFakeBff, type FakeBff } from '../testing/fake-bff.ts'
import { openPage, pass, settle, until, usePhone } from '../testing/phone.ts'

let bff: FakeBff
let pages: ReturnType<typeof openPage>[]
beforeEach(() => {
  bff = createFakeBff()
  pages = []
  usePhone(bff)
})
afterEach(() => {
  for (const page of pages) page.close()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

async function open() {
  const page = openPage(bff)
  pages.push(page)
  const ways = await page.ways()
  await settle()
  return { ...page, ways }
}

const SEND = 'POST /collections/payments'
const merchant = { collectionNo: '4071923864', merchantName: '第一食堂', terminalName: '3 号窗口' }
const lunch = { ...merchant, amountFen: 1_500, account: 'wallet' } as const
const lost = () => Promise.reject(new TypeError('Failed to fetch'))

/** Sent and at the core; then the page is gone. */
async function beginAndLeave() {
  const { ways, model, close } = await open()
  void ways.scanned.begin(lunch)
  await until(() => model.wallet.value?.keypad.value)
  close()
}

const OF_THE_SESSION = ['SESSION_INVALID', 'COLLECTION_NOT_HERE'] as const
for (const code of ['UNAVAILABLE', 'RATE_LIMITED', ...OF_THE_SESSION] as const) {
  test(`after a reload ${code} is no word on the payment, which is asked for again (R33)`, async () => {
    await beginAndLeave()
    bff.on(SEND, () => bff.refuse(code))
    const { ways } = await open()
    await until(() => ways.scanned.state.value?.kind !== 'sending')
    expect(ways.scanned.state.value).toMatchObject({ kind: 'unsure', problem: { code } })
    // Another one cannot be begun beside it.
    await ways.scanned.begin(lunch)
    // Nor by asking while it still stands.
    void ways.scanned.retry()
    await pass(20_000)
    expect(ways.scanned.state.value).toMatchObject({ kind: 'unsure' })
    bff.on(SEND, undefined)
    void ways.scanned.retry()
    await until(() => ways.scanned.state.value?.kind === 'known')
    expect(bff.ways.entries.size).toBe(1)
  })
}

test('a no after an answer that was lost is asked about, and believed only then', async () => {
  const { ways } = await open()
  const words = [lost, () => bff.refuse('COLLECTION_UNKNOWN'), () => bff.refuse('UNAVAILABLE')]
  let at = 0
  bff.on(SEND, () => (words[at++] ?? words.at(-1) ?? lost)())
  void ways.scanned.begin(lunch)
  await pass(20_000)
  expect(ways.scanned.state.value).toMatchObject({ kind: 'unsure' })
})

test('whoever is only told to wait has begun nothing, and may begin anew', async () => {
  const { ways } = await open()
  bff.on(SEND, () => bff.refuse('RATE_LIMITED'))
  void ways.scanned.begin(lunch)
  await pass(20_000)
  expect(ways.scanned.state.value).toMatchObject({
    kind: 'refused',
    problem: { code: 'RATE_LIMITED' },
  })
})

test('what was scanned is paid as that, and asked for as that: typing may be at an end for today (R25)', async () => {
  const { ways } = await open()
  const link = 'https://pay.school.test/c/1?s=1001&m=a&t=b&k=c&g=d'
  await ways.resolve({ link })
  void ways.scanned.begin(lunch)
  await until(() => ways.scanned.state.value?.kind === 'known')
  const sent = bff.requests.filter(({ route }) => route === SEND).map(({ body }) => body)
  expect(sent).toMatchObject([{ collection: { link } }])
})
