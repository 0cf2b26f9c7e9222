import { describe, expect, test } from 'vitest'
import { priceByRule } from '../price.ts'
import { cameraHelp } from './camera-help.ts'
import { whatIsIt } from './what-is-it.ts'

const link = `https://pay.school.edu/c/1?s=1001&m=a&t=b&k=1&g=${'A'.repeat(86)}`

describe('what was scanned (R24)', () => {
  test.each([
    [link, undefined],
    ['711001120143221573602495', 'scanPayment'],
    ['721001143221573602495012', 'scanIdentity'],
    [`ECA1:${'A'.repeat(272)}`, 'scanAccess'],
    ['134567890123456789', 'scanForeign'],
    ['281234567890123456', 'scanForeign'],
    ['6212345678901234567', 'scanForeign'],
    ['wxp://f2f0abc', 'scanForeignMerchant'],
    ['https://qr.alipay.com/fkx1', 'scanForeignMerchant'],
    ['https://example.com/c/1?s=1001', 'scanLink'],
    [`${link}&x=1`, 'scanLink'],
    ['javascript:alert(1)', 'scanLink'],
    ['weixin://dl/business', 'scanLink'],
    ['食堂', 'scanOther'],
    ['', 'scanOther'],
  ])('%s is told as %s', (text, title) => {
    const scan = whatIsIt(text)
    expect(scan.kind === 'other' ? scan.title : undefined).toBe(title)
  })
})

test.each([
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 16_0 like Mac OS X) MicroMessenger/8.0', 'cameraWechatIos'],
  ['Mozilla/5.0 (Linux; Android 13; wv) MicroMessenger/8.0', 'cameraWechatAndroid'],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 16_0 like Mac OS X) AppleWebKit/605.1.15 Version/16.0 Mobile/15E148 Safari/604.1',
    'cameraSafari',
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 16_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148',
    'cameraAppIos',
  ],
  ['Mozilla/5.0 (Linux; Android 13; Pixel) Chrome/120 Mobile Safari/537.36', 'cameraChrome'],
  [
    'Mozilla/5.0 (Linux; Android 13; Pixel; wv) Chrome/120 Mobile Safari/537.36',
    'cameraAppAndroid',
  ],
  ['Mozilla/5.0 (X11; Linux x86_64) Chrome/120 Safari/537.36', 'cameraDesktop'],
])('how the camera is allowed in %s (R25)', (userAgent, key) => {
  expect(cameraHelp(userAgent)).toBe(key)
})

test('a price is rounded half up to a fen, as the core rounds it (R4)', () => {
  expect([1, 5, 15, 1_500].map((fen) => priceByRule(fen, 900))).toEqual([1, 5, 14, 1_350])
  expect(priceByRule(1_000, 1_050)).toBe(1_050)
})
