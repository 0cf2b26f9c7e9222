import type { HostStrings } from './zh-cn.ts'

export const enHost: HostStrings = {
  brightHint: "Hard to scan? Turn your screen's brightness up",
  brightHintClose: 'Got it',
  captured: 'You took a screenshot, so the code was replaced. The old one is void',
  capturedIdentity: 'You took a screenshot, so the identity code was replaced',
  shake: 'Shake to open the payment code',
  shakeOn: 'On. Shake your phone to pay',
  shakeOff: 'Off',
  shakeNotAllowed: 'Your phone does not let this page feel movement',
  grid: 'Campus services',
  gridFailed: 'The services did not load',
  gridOffline: 'These need a network; connect and try again',
  gridOpening: 'Opening {name}',
  wechatSignIn: 'Sign-in by WeChat',
  wechatSignInText: 'This WeChat opens your card without another password',
  wechatSignInEnd: 'Turn off',
  wechatSignInSure: 'WeChat will then ask for your campus-card password again. Turn it off?',
  wechatSignInEnded: 'Sign-in by WeChat is off',
}
