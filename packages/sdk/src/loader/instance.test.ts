// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { ECodeInstance } from '../ecode.ts'
import type { ECodeOptions } from '../options.ts'
import type { Widget, WidgetContext } from '../widget-part.ts'
import { createInstance, type Source } from './instance.ts'

const options: ECodeOptions = {
  school: '1001',
  subject: 'user-1',
  session: async () => ({ token: 't', expiresAt: '' }),
}

let context: WidgetContext
let calls: string[]
let arrive: (() => void)[]
let broken: boolean

const widget: Widget = {
  async mount(target) {
    if (!target) throw new TypeError('null')
    calls.push(`mount #${target.id}`)
  },
  update: (next) => void calls.push(`update ${next.locale}`),
  unmount: () => void calls.push('unmount'),
  destroy: () => void calls.push('destroy'),
  async signOut() {
    calls.push('signOut')
  },
  async pay(request) {
    const [what = ''] = Object.values(request)
    calls.push(`pay ${what}`)
    if (what === 'gone') throw { code: 'ORDER_NOT_FOUND', message: 'no', requestId: 'r9' }
    return { status: 'paid', paymentId: 'p1' }
  },
}

/** A widget that arrives when the test says so. */
const source: Source = {
  baseUrl: 'https://pay.school.edu/',
  nonce: 'n',
  style: () => '',
  part: () =>
    new Promise((resolve, reject) => {
      arrive.push(() => {
        if (broken) reject(new Error('404'))
        else {
          resolve({
            createWidget(given: WidgetContext) {
              context = given
              calls.push('create')
              return widget
            },
          } as never)
        }
      })
    }),
}

beforeEach(() => {
  calls = []
  arrive = []
  broken = false
  document.body.innerHTML = '<div id="a"></div><div id="b"></div>'
})
afterEach(() => void vi.restoreAllMocks())

function open(more: Partial<ECodeOptions> = {}): ECodeInstance {
  return createInstance({ ...options, ...more }, source)
}

async function load() {
  for (const each of arrive.splice(0)) each()
  await new Promise((resolve) => setTimeout(resolve))
}

test('mounting loads the widget once and tells when it stands', async () => {
  const instance = open()
  const ready = vi.fn()
  instance.on('ready', ready)
  const mounted = instance.mount('#a')
  await load()
  await mounted
  await instance.mount('#b')
  expect(calls).toEqual(['create', 'mount #a', 'mount #b'])
  expect(ready).toHaveBeenCalledTimes(2)
  expect(context.identity).toMatchObject({
    baseUrl: 'https://pay.school.edu',
    school: '1001',
    subject: 'user-1',
  })
})

test('wrong options throw at once, from create and from update', () => {
  expect(() => open({ school: 'x' })).toThrow(expect.objectContaining({ code: 'OPTIONS_INVALID' }))
  const instance = open()
  expect(() => instance.update({ locale: 'fr' as never })).toThrow(/^locale must be/)
  expect(() => instance.update({ subject: 'another' } as never)).toThrow('subject cannot change')
  instance.update({ ...options })
})

test('without an address of its own or given, baseUrl is asked for', () => {
  const homeless = { ...source, baseUrl: undefined }
  expect(() => createInstance(options, homeless)).toThrow(/^baseUrl must be/)
})

test('StrictMode: mounted, unmounted and mounted again while it loads, it stands once', async () => {
  const instance = open()
  const first = instance.mount('#a')
  instance.unmount()
  const second = instance.mount('#a')
  await load()
  await Promise.all([first, second])
  expect(calls).toEqual(['create', 'mount #a'])
})

test('unmounted while it loads, it resolves without standing anywhere', async () => {
  const instance = open()
  const mounted = instance.mount('#a')
  instance.unmount()
  await load()
  await mounted
  expect(calls).toEqual(['create'])
})

test('destroyed while it loads, it rejects and is quiet', async () => {
  const complaint = vi.spyOn(console, 'error').mockImplementation(() => {})
  const instance = open()
  const mounted = instance.mount('#a')
  instance.destroy()
  await load()
  await expect(mounted).rejects.toMatchObject({ code: 'DESTROYED' })
  await expect(instance.mount('#a')).rejects.toMatchObject({ code: 'DESTROYED' })
  await expect(instance.signOut()).rejects.toMatchObject({ code: 'DESTROYED' })
  expect(calls).not.toContain('mount #a')
  expect(complaint).not.toHaveBeenCalled()
})

test('an element that is not there rejects, and says so to the error listener', async () => {
  const instance = open()
  const heard = vi.fn()
  instance.on('error', heard)
  const mounted = instance.mount('#nowhere')
  await load()
  await expect(mounted).rejects.toMatchObject({ code: 'MOUNT_TARGET_MISSING' })
  await load()
  expect(heard).toHaveBeenCalledWith(expect.objectContaining({ code: 'MOUNT_TARGET_MISSING' }))
})

describe('a widget that does not load', () => {
  test('rejects, leaves a button to try again, and that works', async () => {
    const instance = open()
    const heard = vi.fn()
    instance.on('error', heard)
    broken = true
    const mounted = instance.mount('#a')
    await load()
    await expect(mounted).rejects.toMatchObject({ code: 'LOAD_FAILED', retryable: true })
    const button = document.querySelector<HTMLElement>('#a button')
    expect(button?.textContent).toContain('重试')
    broken = false
    button?.click()
    expect(document.querySelector('#a button')).toBeNull()
    await load()
    expect(calls).toEqual(['create', 'mount #a'])
  })

  test('takes its button away when it is unmounted', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const instance = open()
    broken = true
    instance.mount('#a').catch(() => {})
    await load()
    instance.unmount()
    expect(document.querySelector('button')).toBeNull()
  })

  test('goes to the console when nobody listens, only once, with the page that explains it', async () => {
    const complaint = vi.spyOn(console, 'error').mockImplementation(() => {})
    broken = true
    // Not awaited: an unheard rejection must not become an unhandled one.
    void open().mount('#a')
    await load()
    expect(complaint.mock.calls).toEqual([
      [
        expect.objectContaining({ code: 'LOAD_FAILED' }),
        'https://pay.school.edu/errors/LOAD_FAILED',
      ],
    ])
  })
})

test('updates reach the widget, and those made before it loads are in its options', async () => {
  const instance = open()
  instance.update({ locale: 'en' })
  const mounted = instance.mount('#a')
  await load()
  await mounted
  instance.update({ locale: 'zh-CN' })
  expect(calls).toEqual(['create', 'mount #a', 'update zh-CN'])
})

test('signing out loads the widget if need be, since keys may be left from before', async () => {
  const instance = open()
  const done = instance.signOut()
  await load()
  await done
  expect(calls).toEqual(['create', 'signOut'])
})

describe('paying an online order (R38)', () => {
  test('loads the widget, mounted or not, and answers what the cashier said', async () => {
    const outcome = open().pay({ order: 'o1' })
    await load()
    expect(await outcome).toEqual({ status: 'paid', paymentId: 'p1' })
    expect(calls).toEqual(['create', 'pay o1'])
  })

  test('rejects with an ECodeError that says why, and tells the error listener', async () => {
    const instance = open()
    const heard = vi.fn()
    instance.on('error', heard)
    const outcome = instance.pay({ order: 'gone' })
    await load()
    await expect(outcome).rejects.toMatchObject({
      name: 'ECodeError',
      code: 'ORDER_NOT_FOUND',
      requestId: 'r9',
    })
    await load()
    expect(heard).toHaveBeenCalledTimes(1)
  })

  test('rejects when the widget does not load, or is gone', async () => {
    const instance = open()
    instance.on('error', () => {})
    broken = true
    const outcome = instance.pay({ order: 'o1' })
    await load()
    await expect(outcome).rejects.toMatchObject({ code: 'LOAD_FAILED', retryable: true })
    instance.destroy()
    await expect(instance.pay({ order: 'o1' })).rejects.toMatchObject({ code: 'DESTROYED' })
  })
})

test('listeners are told apart, can be taken away, and cannot break one another', async () => {
  const instance = open()
  const mounted = instance.mount('#a')
  await load()
  await mounted
  const [bad, good, gone] = [vi.fn(), vi.fn(), vi.fn()]
  bad.mockImplementation(() => {
    throw new Error('the page’s own')
  })
  const unhandled = vi.fn()
  process.once('unhandledRejection', unhandled)
  instance.on('paid', bad)
  instance.on('paid', good)
  instance.on('paid', gone)()
  const detail = { paymentId: 'p', amountFen: 1, merchantName: null, channel: null, at: '' }
  context.emit('paid', detail)
  await load()
  expect(good).toHaveBeenCalledWith(detail)
  expect(gone).not.toHaveBeenCalled()
  expect(unhandled).toHaveBeenCalledTimes(1)
})

test('what the widget reports arrives as an ECodeError', async () => {
  const instance = open()
  const mounted = instance.mount('#a')
  await load()
  await mounted
  const heard = vi.fn()
  instance.on('error', heard)
  context.fail({ code: 'NETWORK_LOST', message: 'no', retryable: true, requestId: 'r1' })
  await load()
  expect(heard.mock.calls[0]?.[0]).toMatchObject({
    name: 'ECodeError',
    code: 'NETWORK_LOST',
    message: 'no',
    retryable: true,
    requestId: 'r1',
  })
})
