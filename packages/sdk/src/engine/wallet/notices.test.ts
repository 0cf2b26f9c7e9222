import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createFakeBff, type FakeBff } from '../testing/fake-bff.ts'
import { openPage, until, usePhone } from '../testing/phone.ts'

let bff: FakeBff
let page: ReturnType<typeof openPage>
let unreadCount: number

const notice = (noticeId: string) => ({
  noticeId,
  at: '2026-09-01T04:00:00.000Z',
  readAt: null,
  about: { kind: 'card', change: 'locked' },
})

beforeEach(() => {
  bff = createFakeBff()
  usePhone(bff)
  page = openPage(bff)
  unreadCount = 3
  const settings = { lowBalanceFen: null }
  bff.on('GET /notices', ({ query }) =>
    query.get('cursor') === 'n1'
      ? { notices: [notice('b'), notice('a')], unreadCount, next: null, settings }
      : { notices: [notice('c'), notice('b')], unreadCount, next: 'n1', settings },
  )
  bff.on('POST /notices/read', () => {
    unreadCount = 0
    return { unreadCount }
  })
  bff.on('PUT /notices/settings', ({ body }) => body as object)
})
afterEach(() => {
  page.close()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

test('notices come page by page, none twice (R41)', async () => {
  const wallet = await page.wallet()
  await wallet.loadNotices()
  await wallet.moreNotices()
  const { notices, next } = wallet.notices.value.value ?? {}
  expect(notices?.map(({ noticeId }) => noticeId)).toEqual(['c', 'b', 'a'])
  expect(next).toBeNull()
  await wallet.moreNotices()
  expect(bff.count('GET /notices')).toBe(2)
})

test('what has been shown is marked as read, up to the newest of it, and once', async () => {
  const wallet = await page.wallet()
  await wallet.readNotices()
  expect(bff.count('POST /notices/read')).toBe(0)
  await wallet.loadNotices()
  expect(wallet.notices.value.value?.unreadCount).toBe(3)
  await wallet.readNotices()
  expect(wallet.notices.value.value?.unreadCount).toBe(0)
  expect(bff.requests.find(({ route }) => route === 'POST /notices/read')?.body).toEqual({
    upTo: 'c',
  })
  await wallet.readNotices()
  expect(bff.count('POST /notices/read')).toBe(1)
})

test('the threshold is the person’s own, and can be taken away again', async () => {
  const wallet = await page.wallet()
  await wallet.loadNotices()
  expect(await wallet.setLowBalance(3_000)).toMatchObject({ kind: 'done' })
  expect(wallet.notices.value.value?.settings).toEqual({ lowBalanceFen: 3_000 })
  await wallet.setLowBalance(null)
  expect(wallet.notices.value.value?.settings).toEqual({ lowBalanceFen: null })
  bff.on('PUT /notices/settings', () => bff.refuse('SCOPE_MISSING'))
  expect(await wallet.setLowBalance(1)).toMatchObject({
    kind: 'refused',
    problem: { code: 'SCOPE_MISSING' },
  })
  expect(wallet.notices.value.value?.settings).toEqual({ lowBalanceFen: null })
})

test('messages in WeChat are switched, and the threshold stays', async () => {
  const wallet = await page.wallet()
  await wallet.loadNotices()
  await wallet.setLowBalance(3_000)
  expect(await wallet.setWechatNotices(false)).toMatchObject({ kind: 'done' })
  const settings = { lowBalanceFen: 3_000, wechat: false }
  expect(wallet.notices.value.value?.settings).toEqual(settings)
  expect(bff.requests.filter(({ route }) => route === 'PUT /notices/settings').pop()?.body).toEqual(
    settings,
  )
})

test('an event that made a notice has them fetched again, others do not', async () => {
  const wallet = await page.wallet()
  const stop = wallet.show()
  await until(() => bff.openStreams() === 1)
  bff.push({ type: 'wallet', change: 'balance' } as never)
  await until(() => bff.count('GET /wallet') > 1)
  expect(bff.count('GET /notices')).toBe(0)
  bff.push({ type: 'wallet', change: 'limits' } as never, true)
  await until(() => bff.count('GET /notices') === 1)
  stop()
})

test('what was shown stays when they cannot be fetched', async () => {
  const wallet = await page.wallet()
  await wallet.loadNotices()
  bff.on('GET /notices', () => bff.refuse('CORE_UNREACHABLE'))
  await wallet.moreNotices()
  expect(wallet.notices.value).toMatchObject({
    problem: { code: 'CORE_UNREACHABLE' },
    value: { notices: [{ noticeId: 'c' }, { noticeId: 'b' }] },
  })
})
