/** Where in the widget the page opens: `?screen=pay`, `?order=<id>`, `?payment=<id>`, `?locale=en`. */
export interface DeepLink {
  locale: 'zh-CN' | 'en'
  screen: 'card' | 'pay' | 'access' | 'wallet' | undefined
  order: string | undefined
  payment: string | undefined
}

/** What it does not know it leaves out: an address is anybody's to write. */
export function readDeepLink(search: string): DeepLink {
  const query = new URLSearchParams(search)
  const idOf = (name: string) => {
    const id = query.get(name) || ''
    return /^[\da-f-]{36}$/i.test(id) ? id : undefined
  }
  return {
    locale: query.get('locale') === 'en' ? 'en' : 'zh-CN',
    screen: screens.find((name) => name === query.get('screen')),
    order: idOf('order'),
    payment: idOf('payment'),
  }
}

/**
 * What a scanner has read off a merchant's code, `c` in the fragment: in no log and no `Referer`. It is taken out, so that
 * the page that is loaded again asks for nothing; and it counts only beside a ticket, which is the person's own: a link that
 * somebody else has sent opens no payment.
 */
export function takeScanned(): string | undefined {
  const parts = location.hash.slice(1).split('&')
  const own = parts.find((part) => part.startsWith('c='))
  if (own === undefined) return undefined
  const rest = parts.filter((part) => part !== own).join('&')
  history.replaceState(null, '', location.pathname + location.search + (rest && `#${rest}`))
  if (!parts.some((part) => part.startsWith('t='))) return undefined
  try {
    return decodeURIComponent(own.slice(2)) || undefined
  } catch {
    return undefined
  }
}

const screens = ['card', 'pay', 'access', 'wallet'] as const
