// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type App, createApp, createSSRApp, h, nextTick, shallowReactive, shallowRef } from 'vue'
import { renderToString } from 'vue/server-renderer'
import { fakeCreate } from './testing/fake-create.ts'
import type { CampusEcodeHandle } from './vue.ts'

const fake = vi.hoisted(() => ({ create: undefined as unknown }))
vi.mock('./index.ts', async (original) => ({
  ...(await original<object>()),
  create: (options: never) => (fake.create as (options: never) => unknown)(options),
}))
const { CampusEcode } = await import('./vue.ts')

const session = async () => ({ token: 't', expiresAt: '' })
const props = { baseUrl: 'https://pay.school.edu', school: '1001', subject: 'user-1', session }
let made: ReturnType<typeof fakeCreate>['made']
let app: App | undefined
const last = () => {
  const widget = made.at(-1)
  if (!widget) throw new Error('nothing was made')
  return widget
}

beforeEach(() => {
  const { create, made: list } = fakeCreate()
  fake.create = create
  made = list
  document.body.innerHTML = '<main></main>'
})
afterEach(() => {
  app?.unmount()
  app = undefined
})

/** The component in an app, with properties that a test may change. */
function show(more: Record<string, unknown> = {}) {
  const given = shallowReactive<Record<string, unknown>>({ ...props, ...more })
  const handle = shallowRef<CampusEcodeHandle>()
  const shown = shallowRef(true)
  app = createApp({
    render: () => shown.value && h(CampusEcode, { ref: handle, ...(given as typeof props) }),
  })
  app.mount('main')
  return { given, handle, shown }
}

test('on a server it is an empty element', async () => {
  const page = createSSRApp({ render: () => h(CampusEcode, { ...props, class: 'card' }) })
  expect(await renderToString(page)).toBe('<div class="card"></div>')
  expect(made).toEqual([])
})

test('it draws into its element, by the options it was given', () => {
  show({ screen: 'pay' })
  expect(made).toHaveLength(1)
  expect(last().options).toMatchObject({ ...props, screen: 'pay' })
  expect(last().target).toBe(document.querySelector('main > div'))
})

test('gone while it loads, it is destroyed', async () => {
  const { shown } = show()
  shown.value = false
  await nextTick()
  expect(last().calls).toEqual(['mount', 'destroy'])
})

test('a changed property changes it in place; another person is another widget', async () => {
  const { given } = show({ locale: 'en' })
  given.locale = undefined
  given.screens = ['pay']
  await nextTick()
  expect(made).toHaveLength(1)
  expect(last().updates).toEqual([
    expect.objectContaining({ session, locale: undefined, screens: ['pay'] }),
  ])
  given.subject = 'user-2'
  await nextTick()
  expect(made.map(({ calls }) => calls)).toEqual([['mount', 'destroy'], ['mount']])
})

test('events are emitted; an error that nobody takes goes to the console', async () => {
  const complaint = vi.spyOn(console, 'error').mockImplementation(() => {})
  const [onScreen, onError] = [vi.fn(), vi.fn()]
  const { given } = show({ onScreen })
  last().emit('screen', { screen: 'pay' })
  expect(onScreen).toHaveBeenCalledWith({ screen: 'pay' })
  last().emit('error', 'one' as never)
  expect(complaint).toHaveBeenCalledWith('one')
  given.onError = onError
  await nextTick()
  last().emit('error', 'two' as never)
  expect(onError).toHaveBeenCalledWith('two')
  expect(complaint).toHaveBeenCalledTimes(1)
  complaint.mockRestore()
})

test('a ref can pay and sign out', async () => {
  const { handle } = show()
  expect(await handle.value?.pay({ order: 'o1' })).toEqual({ status: 'paid', paymentId: 'p1' })
  await handle.value?.signOut()
  expect(last().calls).toEqual(['mount', 'pay o1', 'signOut'])
})
