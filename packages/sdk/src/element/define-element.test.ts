// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ECodeError } from '../loader/ecode-error.ts'
import { fakeCreate } from '../npm/testing/fake-create.ts'
import type { ECodeOptions } from '../options.ts'
import { type CampusEcodeElement, defineElement } from './define-element.ts'

const session = async () => ({ token: 't', expiresAt: '' })
let made: ReturnType<typeof fakeCreate>['made']
let create: (options: ECodeOptions) => ReturnType<ReturnType<typeof fakeCreate>['create']>
const last = () => {
  const widget = made.at(-1)
  if (!widget) throw new Error('nothing was made')
  return widget
}
const settled = () => new Promise((resolve) => setTimeout(resolve))

beforeEach(() => {
  const fake = fakeCreate()
  made = fake.made
  create = fake.create
  defineElement((options) => create(options), ECodeError)
})
afterEach(async () => {
  document.body.innerHTML = ''
  await settled()
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

async function put(html: string, into: Element | ShadowRoot = document.body) {
  into.innerHTML = html
  const element = into.querySelector('campus-ecode')
  if (!element) throw new Error('no element')
  await settled()
  return element
}
const WHOLE = '<campus-ecode school="1001" subject="u1" session-url="/s"></campus-ecode>'

test('attributes are options', async () => {
  const element = await put(
    `<campus-ecode school="1001" subject="u1" session-url="/s" base-url="https://pay.school.edu"
      screen="pay" screens="card, pay" locale="en" accent="#0a7a4b" scheme="dark" care></campus-ecode>`,
  )
  expect(last().target).toBe(element)
  expect(last().options).toMatchObject({
    school: '1001',
    subject: 'u1',
    baseUrl: 'https://pay.school.edu',
    screen: 'pay',
    screens: ['card', 'pay'],
    locale: 'en',
    theme: { accent: '#0a7a4b', scheme: 'dark', care: true },
  })
})

test('session-url is asked with the thumbprint, and what it refuses is thrown', async () => {
  const answer = { token: 't', expiresAt: 'then' }
  const fetch = vi.fn(async () => Response.json(answer))
  vi.stubGlobal('fetch', fetch)
  await put(WHOLE)
  expect(await last().options.session('thumb')).toEqual(answer)
  expect(fetch).toHaveBeenCalledWith(
    '/s',
    expect.objectContaining({ method: 'POST', body: '{"thumbprint":"thumb"}' }),
  )
  vi.stubGlobal('fetch', async () => new Response(null, { status: 401 }))
  await expect(last().options.session('thumb')).rejects.toThrow('/s answered 401')
})

test('properties are options, set before the element is known or after', async () => {
  const element = document.createElement('div') as unknown as CampusEcodeElement
  element.school = 'not yet known'
  const late = document.createElement('campus-ecode')
  Object.defineProperty(late, 'session', { value: session, configurable: true, writable: true })
  late.school = '1001'
  late.subject = 'u1'
  late.theme = { care: true }
  document.body.append(late)
  await settled()
  expect(last().options).toMatchObject({ school: '1001', subject: 'u1', theme: { care: true } })
  expect(last().options.session).toBe(session)
  late.session = async () => ({ token: 'other', expiresAt: '' })
  late.texts = { payTitle: '付款' }
  await settled()
  expect(late.session).not.toBe(session)
  expect(last().updates).toEqual([
    expect.objectContaining({ session: late.session, texts: { payTitle: '付款' } }),
  ])
})

describe('its life', () => {
  test('changed, it changes in place; for another person it is another widget', async () => {
    const element = await put(WHOLE)
    element.setAttribute('locale', 'en')
    element.setAttribute('screen', 'pay')
    await settled()
    expect(made).toHaveLength(1)
    expect(last().updates).toEqual([expect.objectContaining({ locale: 'en', screen: 'pay' })])
    element.setAttribute('subject', 'u2')
    await settled()
    expect(made.map(({ calls }) => calls)).toEqual([['mount', 'destroy'], ['mount']])
  })

  test('moved within the page, it is the same widget', async () => {
    const element = await put(`<nav></nav>${WHOLE}`)
    document.querySelector('nav')?.append(element)
    await settled()
    expect(made.map(({ calls }) => calls)).toEqual([['mount']])
  })

  test('removed while it loads, it is destroyed, and brought back it is made anew', async () => {
    const element = await put(WHOLE)
    element.remove()
    await settled()
    expect(last().calls).toEqual(['mount', 'destroy'])
    await expect(element.pay({ order: 'o1' })).rejects.toMatchObject({ code: 'DESTROYED' })
    document.body.append(element)
    await settled()
    expect(made.map(({ calls }) => calls)).toEqual([['mount', 'destroy'], ['mount']])
  })

  test('in a shadow root it is as anywhere', async () => {
    const host = document.createElement('div')
    document.body.append(host)
    const element = await put(WHOLE, host.attachShadow({ mode: 'open' }))
    expect(last().target).toBe(element)
  })
})

test('it pays and signs out', async () => {
  const element = await put(WHOLE)
  expect(await element.pay({ order: 'o1' })).toMatchObject({ status: 'paid' })
  await element.signOut()
  expect(last().calls).toEqual(['mount', 'pay o1', 'signOut'])
})

test('events of the widget are events of the element, and go no further', async () => {
  const element = await put(WHOLE)
  const [own, above] = [vi.fn(), vi.fn()]
  element.addEventListener('screen', (event) => own((event as CustomEvent).detail))
  document.body.addEventListener('screen', above)
  last().emit('screen', { screen: 'pay' })
  expect(own).toHaveBeenCalledWith({ screen: 'pay' })
  expect(above).not.toHaveBeenCalled()
})

test('an error goes to the console, unless a listener prevents it', async () => {
  const complaint = vi.spyOn(console, 'error').mockImplementation(() => {})
  const element = await put(WHOLE)
  last().emit('error', 'one' as never)
  expect(complaint).toHaveBeenCalledWith('one')
  element.addEventListener('error', (event) => event.preventDefault())
  last().emit('error', 'two' as never)
  expect(complaint).toHaveBeenCalledTimes(1)
})

describe('without all it needs', () => {
  test('it waits for scripts further down the page', async () => {
    const state = vi.spyOn(document, 'readyState', 'get').mockReturnValue('loading')
    const element = await put('<campus-ecode school="1001" subject="u1"></campus-ecode>')
    expect(made).toEqual([])
    element.session = session
    await settled()
    expect(made).toHaveLength(1)
    state.mockRestore()
  })

  test('it says what is missing once the page is loaded: OPTIONS_INVALID', async () => {
    create = () => {
      throw new ECodeError('OPTIONS_INVALID', 'session must be a function')
    }
    const heard = vi.fn()
    vi.spyOn(document, 'readyState', 'get').mockReturnValue('complete')
    const element = document.createElement('campus-ecode')
    element.addEventListener('error', (event) => {
      event.preventDefault()
      heard((event as unknown as CustomEvent).detail.code)
    })
    document.body.append(element)
    await settled()
    expect(heard).toHaveBeenCalledWith('OPTIONS_INVALID')
  })
})

test('defined twice, as by two scripts, it is defined once', () => {
  expect(() => defineElement((options) => create(options), ECodeError)).not.toThrow()
})

test('on a server it does nothing', () => {
  vi.stubGlobal('customElements', undefined)
  vi.stubGlobal('HTMLElement', undefined)
  expect(() => defineElement((options) => create(options), ECodeError)).not.toThrow()
})
