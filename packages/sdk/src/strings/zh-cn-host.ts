/** Of the page around the widget, and of what leads out of it. `{words}` are filled in. */
export const zhCnHost = {
  // On the codes
  brightHint: '不好扫？把屏幕亮度手动调高',
  brightHintClose: '知道了',
  captured: '刚才截了屏，付款码已换新，旧的不能用了',
  capturedIdentity: '刚才截了屏，身份码已换新',
  // R20
  shake: '摇一摇打开付款码',
  shakeOn: '已打开，摇一摇手机就能付款',
  shakeOff: '已关闭',
  shakeNotAllowed: '手机没有允许感知动作，没能打开',
  // R36
  grid: '校园服务',
  gridFailed: '校园服务没加载出来',
  gridOffline: '没网时打不开，连上网再试',
  gridOpening: '正在打开{name}',
  // R6
  wechatSignIn: '微信登录',
  wechatSignInText: '这个微信打开校园卡时直接登录，不用再输密码',
  wechatSignInEnd: '停用',
  wechatSignInSure: '停用后，用微信打开要重新验证校园卡密码。要停用吗？',
  wechatSignInEnded: '微信登录已停用',
} as const
