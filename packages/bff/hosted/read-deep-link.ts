/** Where in the widget the page opens: `?screen=pay`, `?order=<id>`, `?locale=en`. */
export interface DeepLink {
  locale: 'zh-CN' | 'en'
  screen: 'card' | 'pay' | 'access' | 'wallet' | undefined
  order: string | undefined
}

/** What it does not know it leaves out: an address is anybody's to write. */
export function readDeepLink(search: string): DeepLink {
  const query = new URLSearchParams(search)
  const order = query.get('order') || ''
  return {
    locale: query.get('locale') === 'en' ? 'en' : 'zh-CN',
    screen: screens.find((name) => name === query.get('screen')),
    order: /^[\da-f-]{36}$/i.test(order) ? order : undefined,
  }
}

const screens = ['card', 'pay', 'access', 'wallet'] as const
