import { collectionChannelSchema } from '@campus-ecode/protocol/sign-ins'
import type { Context as HonoContext } from 'hono'
import type { CoreApp, CoreEnv } from '../http/mount-routes.ts'
import type { Services } from '../http/operation.ts'
import {
  answerPublicPage,
  escapeHtml,
  isAddressed,
  type Locale,
  PUBLIC_STYLE,
  readLocale,
} from '../http/public-page.ts'
import { Busy, type TakeTurn } from '../keys/turnstile.ts'
import type { CollectionRow } from './store.ts'
import { verifyCollectionLink } from './verify-link.ts'

const words = {
  'zh-CN': {
    title: '请用学校的应用付款',
    lead: (school: string) => `这是「${school}」的收款码，这个应用付不了。`,
    app: '应用',
    wechat: '公众号',
    mini_program: '小程序',
    steps: (school: string, places: string) => [
      `打开「${school}」的${places}`,
      '进入校园e码通，点「扫一扫」',
      '再扫一次这个收款码，核对商户名称后付款',
    ],
    number: '也可以在「扫一扫」里输入编号',
    careful: '本页不收款，也不会向你要密码。要你在这里付款的都是假的。',
    unknown: '这不是有效的收款码',
    unknownMore: '它可能已经停用，或不是学校发的。请不要付款，并告诉商户。',
    trouble: '暂时打不开',
    troubleMore: '请稍后再扫一次。',
  },
  en: {
    title: 'Pay with your school’s app',
    lead: (school: string) => `This is a collection code of ${school}. This app cannot pay it.`,
    app: 'the app',
    wechat: 'the WeChat account',
    mini_program: 'the WeChat mini-program',
    steps: (school: string, places: string) => [
      `Open ${places} of ${school}`,
      'Go to Campus e-Code and tap Scan',
      'Scan this code again, check the merchant’s name, then pay',
    ],
    number: 'Or type its number in Scan',
    careful:
      'This page takes no money and never asks for a password. Whoever does so here is a fraud.',
    unknown: 'This is not a valid collection code',
    unknownMore:
      'It may have been withdrawn, or is not the school’s. Do not pay; tell the merchant.',
    trouble: 'It cannot be opened right now',
    troubleMore: 'Please scan again later.',
  },
} as const

/**
 * The page where any other app's scanner lands that opens a collection code (R24). It says where the school has it
 * paid, names the school only once the code is proven to be the school's, and holds no script.
 */
export function mountCollectionPage(
  app: CoreApp,
  services: Services,
  origin: string,
  takeTurn: TakeTurn,
): void {
  app.get('/c/1', async (c: HonoContext<CoreEnv>) => {
    const requestId = services.newId()
    const { incoming } = c.env
    const locale = readLocale(incoming)
    try {
      const text = `${origin}${incoming.url ?? ''}`
      const isOurs = isAddressed(incoming, origin)
      const code = isOurs ? await takeTurn(() => verifyCollectionLink(services, text)) : undefined
      const isLiving = code !== undefined && !code.withdrawn
      services.log.info(
        { route: 'collection-page', status: isLiving ? 200 : 404, requestId },
        'a collection code was opened elsewhere',
      )
      if (!isLiving) return answerPublicPage(c, requestId, 404, renderUnknown(locale))
      return answerPublicPage(c, requestId, 200, renderCode(locale, code))
    } catch (error) {
      if (!(error instanceof Busy)) {
        services.log.error({ error, route: 'collection-page', requestId }, 'a call failed')
      }
      const { trouble, troubleMore } = words[locale]
      return answerPublicPage(c, requestId, 503, renderNotice(locale, trouble, troubleMore))
    }
  })
}

function renderCode(locale: Locale, code: CollectionRow) {
  const t = words[locale]
  const school = escapeHtml(locale === 'en' ? code.school_name_en : code.school_name)
  const number = code.collection_no.replace(/^(\d{5})/, '$1 ')
  const { options } = collectionChannelSchema
  const allowed = options.filter((channel) => code.collection_channels.includes(channel))
  const places = ['app' as const, ...allowed].map((place) => t[place])
  const either = new Intl.ListFormat(locale, { type: 'disjunction' }).format(places)
  const steps = t.steps(school, either).map((step) => `<li>${step}</li>`)
  return {
    locale,
    title: t.title,
    // The importer takes colours of this form alone.
    style: `${PUBLIC_STYLE}\n:root{--accent:${/^#[0-9a-f]{6}$/.test(code.accent) ? code.accent : '#2455c9'}}`,
    main: `<h1>${t.title}</h1><p>${t.lead(school)}</p><ol>${steps.join('')}</ol>
<p class="soft">${t.number}</p><p class="number">${number}</p><p class="soft">${t.careful}</p>`,
  }
}

function renderUnknown(locale: Locale) {
  const { unknown, unknownMore } = words[locale]
  return renderNotice(locale, unknown, unknownMore)
}

function renderNotice(locale: Locale, title: string, text: string) {
  const main = `<h1>${title}</h1><p>${text}</p>`
  return { locale, title, style: PUBLIC_STYLE, main }
}
