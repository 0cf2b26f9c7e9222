// @vitest-environment happy-dom
import { act, createElement, createRef, StrictMode } from 'react'
import { createRoot, type Root } from 'react-dom/client'
import { renderToString } from 'react-dom/server'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { CampusEcodeHandle, CampusEcodeProps } from './react.ts'
import { fakeCreate } from './testing/fake-create.ts'

const fake = vi.hoisted(() => ({ create: undefined as unknown }))
vi.mock('./index.ts', async (original) => ({
  ...(await original<object>()),
  create: (options: never) => (fake.create as (options: never) => unknown)(options),
}))
const { CampusEcode } = await import('./react.ts')

const session = async () => ({ token: 't', expiresAt: '' })
const props: CampusEcodeProps = {
  baseUrl: 'https://pay.school.edu',
  school: '1001',
  subject: 'user-1',
  session,
}
let made: ReturnType<typeof fakeCreate>['made']
let root: Root
const last = () => {
  const widget = made.at(-1)
  if (!widget) throw new Error('nothing was made')
  return widget
}

beforeEach(() => {
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true)
  const { create, made: list } = fakeCreate()
  fake.create = create
  made = list
  document.body.innerHTML = '<main></main>'
  root = createRoot(document.querySelector('main') as Element)
})
afterEach(() => {
  act(() => root.unmount())
  vi.unstubAllGlobals()
})

const render = (more: Partial<CampusEcodeProps> = {}, strict = false) =>
  act(async () => {
    const widget = createElement(CampusEcode, { ...props, ...more })
    root.render(strict ? createElement(StrictMode, null, widget) : widget)
  })

test('on a server it is an empty element of the given class', () => {
  const html = renderToString(createElement(CampusEcode, { ...props, className: 'card' }))
  expect(html).toBe('<div class="card"></div>')
  expect(made).toEqual([])
})

test('it draws into its element, by the options it was given', async () => {
  await render({ screen: 'pay' })
  expect(made).toHaveLength(1)
  expect(last().options).toMatchObject({ ...props, screen: 'pay' })
  expect(last().target).toBe(document.querySelector('main > div'))
})

test('under StrictMode one widget is left', async () => {
  await render({}, true)
  expect(made.map(({ calls }) => calls)).toEqual([['mount', 'destroy'], ['mount']])
})

test('gone while it loads, it is destroyed', async () => {
  await render()
  await act(async () => root.render(null))
  expect(last().calls).toEqual(['mount', 'destroy'])
})

test('a changed property changes it in place, and one that is gone goes back to its default', async () => {
  await render({ locale: 'en' })
  await render({ screens: ['pay'] })
  expect(made).toHaveLength(1)
  expect(last().updates.at(-1)).toMatchObject({ session, locale: undefined, screens: ['pay'] })
})

test('another person is another widget', async () => {
  await render()
  await render({ subject: 'user-2' })
  expect(made.map(({ calls }) => calls)).toEqual([['mount', 'destroy'], ['mount']])
  expect(last().options.subject).toBe('user-2')
  expect(last().updates).toEqual([])
})

test('events go to the listener of the last rendering; an error that nobody takes, to the console', async () => {
  const complaint = vi.spyOn(console, 'error').mockImplementation(() => {})
  const [before, after] = [vi.fn(), vi.fn()]
  await render({ onScreen: before })
  await render({ onScreen: after })
  last().emit('screen', { screen: 'pay' })
  expect(before).not.toHaveBeenCalled()
  expect(after).toHaveBeenCalledWith({ screen: 'pay' })
  last().emit('error', 'one' as never)
  expect(complaint).toHaveBeenCalledWith('one')
  const onError = vi.fn()
  await render({ onError })
  last().emit('error', 'two' as never)
  expect(onError).toHaveBeenCalledWith('two')
  expect(complaint).toHaveBeenCalledTimes(1)
  complaint.mockRestore()
})

test('a ref can pay and sign out, and says so when the component is gone', async () => {
  const ref = createRef<CampusEcodeHandle>()
  await act(async () => root.render(createElement(CampusEcode, { ...props, ref })))
  const handle = ref.current as CampusEcodeHandle
  expect(await handle.pay({ order: 'o1' })).toEqual({ status: 'paid', paymentId: 'p1' })
  await handle.signOut()
  expect(last().calls).toEqual(['mount', 'pay o1', 'signOut'])
  await act(async () => root.render(null))
  await expect(handle.pay({ order: 'o1' })).rejects.toMatchObject({ code: 'DESTROYED' })
})
