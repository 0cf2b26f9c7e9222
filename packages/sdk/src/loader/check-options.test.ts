import { expect, test } from 'vitest'
import type { ECodeOptions } from '../options.ts'
import { checkOptions } from './check-options.ts'
import { ECodeError } from './ecode-error.ts'

const good: ECodeOptions = {
  school: '1001',
  subject: 'user-1',
  session: async () => ({ token: 't', expiresAt: '' }),
  baseUrl: 'https://pay.school.edu',
}

test('what docs/embed.md lists passes', () => {
  checkOptions(good)
  checkOptions({
    ...good,
    screen: 'pay',
    screens: ['card', 'pay'],
    locale: 'en',
    theme: { accent: '#0a7a4b', scheme: 'auto', care: true },
    texts: { payTitle: '付款' },
  })
})

test('an option of a later version passes', () => {
  checkOptions({ ...good, later: true } as ECodeOptions)
})

test.each([
  ['school', { school: 1001 }],
  ['school', { school: '101' }],
  ['school', { school: '１００１' }],
  ['subject', { subject: '' }],
  ['subject', { subject: 7 }],
  ['session', { session: 'token' }],
  ['baseUrl', { baseUrl: '' }],
  ['baseUrl', { baseUrl: 'pay.school.edu' }],
  ['baseUrl', { baseUrl: 'javascript:alert(1)' }],
  ['screen', { screen: 'shop' }],
  ['screens', { screens: [] }],
  ['screens', { screens: ['shop'] }],
  ['screens', { screens: 'pay' }],
  ['locale', { locale: 'zh' }],
  ['theme.scheme', { theme: { scheme: 'night' } }],
])('OPTIONS_INVALID names %s for %j', (name, wrong) => {
  const attempt = () => checkOptions({ ...good, ...wrong } as ECodeOptions)
  expect(attempt).toThrow(ECodeError)
  expect(attempt).toThrow(
    expect.objectContaining({
      code: 'OPTIONS_INVALID',
      retryable: false,
      message: expect.stringMatching(`^${name} must be `),
    }),
  )
})

test.each([undefined, null, 'options'])('OPTIONS_INVALID for %j instead of options', (nothing) => {
  expect(() => checkOptions(nothing as never)).toThrow(
    expect.objectContaining({ code: 'OPTIONS_INVALID' }),
  )
})
