/** Says in the page's place why there is no widget, and offers what helps. */
export function showMessage(place: HTMLElement, error: unknown, locale: 'zh-CN' | 'en'): void {
  const { code, retryable } = Object(error) as { code?: unknown; retryable?: unknown }
  // What can be tried again is not over.
  const isOver = code !== 'SIGN_IN_FAILED' || retryable === false
  const known = typeof code === 'string' && isOver ? messages[code] : undefined
  const [zh, en] = known || other
  const box = document.createElement('div')
  box.className = 'message'
  box.setAttribute('role', 'alert')
  const text = document.createElement('h1')
  text.textContent = locale === 'en' ? en : zh
  box.append(text)
  if (!known || retryable !== false) {
    const again = document.createElement('button')
    again.type = 'button'
    again.textContent = locale === 'en' ? 'Try again' : '重试'
    again.addEventListener('click', () => location.reload())
    box.append(again)
  }
  place.replaceChildren(box)
}

const other = [
  '校园卡没有打开，请稍后再试。',
  'The campus card did not open. Try again later.',
] as const

const messages: Record<string, readonly [string, string]> = {
  SIGN_IN_IMPOSSIBLE: [
    '请从学校 App、公众号或小程序进入校园卡。',
    "Open the campus card from the school's app, official account or mini-program.",
  ],
  WECHAT_SIGN_IN_NOT_OFFERED: [
    '学校没有开通微信登录，请从学校 App 进入。',
    "The school does not let people sign in by WeChat; use the school's app.",
  ],
  SIGN_IN_FAILED: [
    '这个页面已失效，请返回重新进入。',
    'This page has been used already. Go back and enter again.',
  ],
  ENGINE_UNSUPPORTED: [
    '手机系统或微信版本过低，请升级后再打开。',
    'This phone or WeChat is too old; update it and open the page again.',
  ],
  LOAD_FAILED: ['网络不通，请检查后重试。', 'No network. Check it and try again.'],
  NETWORK_LOST: ['网络不通，请检查后重试。', 'No network. Check it and try again.'],
}
