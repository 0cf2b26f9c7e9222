import { expect, test } from 'vitest'
import { chooseCandidate, isAppleApp } from './choose-candidate.ts'
import type { HostKind } from './host-bridge.ts'

const ios =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)'
const android =
  'Mozilla/5.0 (Linux; Android 14; 23127PN0CC Build/UKQ1; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0'
const xweb = (chrome: string, wechat: string) =>
  `${android} Chrome/${chrome} Mobile Safari/537.36 XWEB/1420001 MMWEBSDK/20260101 MMWEBID/1 MicroMessenger/${wechat}(0x28003000) WeChat/arm64 Weixin NetType/WIFI Language/zh_CN ABI/arm64`

const phones: [name: string, userAgent: string, kind: HostKind, environment?: string][] = [
  [
    'WeChat on iOS',
    `${ios} Mobile/15E148 MicroMessenger/8.0.68(0x18004429) NetType/WIFI Language/zh_CN`,
    'wxoa',
  ],
  ['WeChat, XWeb 111', xweb('111.0.5563.116', '8.0.43'), 'wxoa'],
  ['WeChat, XWeb 116', xweb('116.0.0.0', '8.0.47'), 'wxoa'],
  ['WeChat, XWeb 142', xweb('142.0.7444.173', '8.0.68'), 'wxoa'],
  ['WeChat, XWeb 150', xweb('150.0.0.0', '8.0.78'), 'wxoa'],
  [
    'WeChat, X5 of 2020, Chrome 78',
    'Mozilla/5.0 (Linux; Android 10; HLK-AL00; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/78.0.3904.62 XWEB/2691 MMWEBSDK/201001 Mobile Safari/537.36 MMWEBID/2 MicroMessenger/7.0.20.1781(0x27001439)',
    'wxoa',
  ],
  [
    'WeChat on Windows',
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/132.0.0.0 Safari/537.36 NetType/WIFI MicroMessenger/7.0.20.1781(0x6700143B) WindowsWechat(0x63090a13) XWEB/14315 Flue',
    'wxoa',
  ],
  [
    'WeChat on a Mac',
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/132.0.0.0 Safari/537.36 MicroMessenger/6.8.0(0x16080000) MacWechat/3.8.7 XWEB/13551',
    'wxoa',
  ],
  [
    'WeChat on HarmonyOS',
    'Mozilla/5.0 (Phone; OpenHarmony 5.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/114.0.0.0 Safari/537.36 ArkWeb/4.1.6.1 Mobile MicroMessenger/8.0.6 NetType/WIFI',
    'wxoa',
  ],
  [
    'a mini-program that says so',
    `${ios} Mobile/15E148 MicroMessenger/8.0.68 NetType/WIFI miniProgram/wx1a2b3c4d5e6f7890`,
    'wxmp',
  ],
  [
    'a mini-program that sets its variable',
    xweb('142.0.7444.173', '8.0.68'),
    'wxmp',
    'miniprogram',
  ],
  [
    'a page with that variable outside WeChat',
    `${android} Chrome/142.0.0.0 Mobile Safari/537.36`,
    'native',
    'miniprogram',
  ],
  ['WeCom on iOS', `${ios} Mobile/15E148 wxwork/4.1.36 MicroMessenger/7.0.1 Language/zh`, 'web'],
  [
    'WeCom on Android',
    `${android} Chrome/116.0.0.0 Mobile Safari/537.36 wxwork/4.1.36 MicroMessenger/7.0.1`,
    'web',
  ],
  [
    'DingTalk on iOS',
    `${ios} Mobile/15E148 AliApp(DingTalk/7.6.45) com.laiwang.DingTalk/44501921 Channel/201200 language/zh-Hans-CN`,
    'web',
  ],
  [
    'DingTalk on Android',
    `${android} Chrome/100.0.4896.58 UWS/5.12 Mobile Safari/537.36 AliApp(DingTalk/7.6.45) com.alibaba.android.rimet`,
    'web',
  ],
  ['Feishu on iOS', `${ios} Mobile/15E148 Lark/7.40.7 LarkLocale/zh_CN ChannelName/Feishu`, 'web'],
  [
    'Feishu on Android',
    `${android} Chrome/120.0.0.0 Mobile Safari/537.36 Lark/7.40.7 Feishu`,
    'web',
  ],
  ['Alipay', `${ios} Mobile/15E148 NebulaSDK/1.8 AliApp(AP/10.6.50) AlipayClient/10.6.50`, 'web'],
  ['a school’s app on iOS', `${ios} Mobile/15E148`, 'native'],
  ['a school’s app on iOS that names itself', `${ios} Mobile/15E148 YunguCampus/4.2.0`, 'native'],
  [
    'a school’s app on an iPad',
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)',
    'native',
  ],
  ['a school’s app on Android', `${android} Chrome/142.0.0.0 Mobile Safari/537.36`, 'native'],
  [
    'a school’s app on HarmonyOS',
    'Mozilla/5.0 (Phone; OpenHarmony 5.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/114.0.0.0 Safari/537.36 ArkWeb/4.1.6.1 Mobile',
    'native',
  ],
  ['Safari', `${ios} Version/17.5 Mobile/15E148 Safari/604.1`, 'web'],
  ['Chrome on iOS', `${ios} CriOS/142.0.7444.77 Mobile/15E148 Safari/604.1`, 'web'],
  [
    'Chrome on Android',
    'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36',
    'web',
  ],
  [
    'Firefox on Android',
    'Mozilla/5.0 (Android 14; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0',
    'web',
  ],
  [
    'Safari on a Mac',
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15',
    'web',
  ],
  ['nothing at all', '', 'web'],
]

test.each(phones)('%s', (_, userAgent, kind, environment) => {
  expect(chooseCandidate(userAgent, environment)).toBe(kind)
})

test('the frame that wakes WebViewJavascriptBridge is for apps of iOS alone', () => {
  const woken = phones.filter(
    ([, agent]) => chooseCandidate(agent) === 'native' && isAppleApp(agent),
  )
  expect(woken.map(([name]) => name)).toEqual([
    'a school’s app on iOS',
    'a school’s app on iOS that names itself',
    'a school’s app on an iPad',
  ])
})
