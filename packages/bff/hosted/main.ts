import './style.css'
import type { ECodeScript } from './ecode.ts'
import { readDeepLink, takeScanned } from './read-deep-link.ts'
import { showMessage } from './show-message.ts'
import { findWayBack } from './way-back.ts'

declare global {
  interface Window {
    ECode?: ECodeScript
  }
}

const place = document.querySelector<HTMLElement>('#ecode')
if (place) void open(place)

/** Signs in and mounts the widget; what goes wrong is said in its place, with a way on. */
async function open(place: HTMLElement): Promise<void> {
  const { school = '', wechat = '' } = place.dataset
  const { locale, screen, order, payment } = readDeepLink(location.search)
  const collection = takeScanned()
  document.documentElement.lang = locale
  if (locale === 'en') {
    document.title = 'Campus card'
    place.firstElementChild?.replaceChildren('Opening the campus card…')
  }
  try {
    if (!window.ECode) throw { code: 'LOAD_FAILED' }
    const { subject, session } = await window.ECode.signIn({ school })
    place.replaceChildren()
    const ecode = window.ECode.create({
      ...{ school, subject, session, locale },
      ...(screen && { screen, screens: SCREENS }),
    })
    if (payment || collection) {
      const goBack = findWayBack(wechat)
      // The mini-program's own page says how it went, where the till waits for it.
      if (payment && goBack) ecode.on('paid', () => void goBack())
      await ecode.pay(payment ? { payment } : { collection })
      await goBack?.()
    }
    await ecode.mount(place)
    if (order) await ecode.pay({ order })
  } catch (error) {
    showMessage(place, error, locale)
  }
}

/** All of them, so that the one that is opened first is not the only one. */
const SCREENS = ['card', 'pay', 'access', 'wallet'] as const
