import { Hono } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { renderPhone, renderPhoneChoice, renderWrong } from './phone-pages.ts'
import type { TemplateMessages } from './template-messages.ts'
import type { TradeBook } from './trade-book.ts'
import { isUser, PHONE_COOKIE, type Users } from './users.ts'

/** An entry of the account's menu: a page that opens inside WeChat. */
export interface MenuEntry {
  label: string
  url: string
}

/**
 * The phones of those who have WeChat: payment code, password prompts, the school's account with its menu
 * and what it has sent. A browser that has opened somebody's phone is it from then on.
 */
export function createPhoneApp({
  users,
  miniProgramUsers,
  book,
  messages,
  readMenu,
}: {
  users: Users
  miniProgramUsers: Users
  book: TradeBook
  messages: TemplateMessages
  readMenu: () => Promise<MenuEntry[]>
}): Hono {
  const app = new Hono()

  app.get('/phones', (c) => {
    const user = getCookie(c, PHONE_COOKIE)
    return isUser(user) ? c.redirect(`/phones/${user}`) : c.html(renderPhoneChoice())
  })
  app.post('/phones', async (c) => {
    const { user } = await c.req.parseBody()
    if (!isUser(user)) return c.html(renderWrong(10001, '没有这个微信'), 400)
    return c.redirect(`/phones/${user}`, 303)
  })
  app.get('/phones/:user', async (c) => {
    const user = c.req.param('user')
    if (!isUser(user)) return c.html(renderWrong(404, '没有这个微信'), 404)
    setCookie(c, PHONE_COOKIE, user, { path: '/', httpOnly: true, sameSite: 'Lax' })
    const openid = users.openidOf(user)
    return c.html(
      renderPhone({
        ...{ user, code: users.showCode(openid), trades: book.listOf(openid) },
        messages: messages.listOf(openid),
        follows: users.isFollowing(openid),
        menu: await readMenu(),
      }),
    )
  })
  app.get('/phones/:user/trades', (c) => c.json(book.listOf(users.openidOf(c.req.param('user')))))
  app.get('/phones/:user/messages', (c) =>
    c.json(messages.listOf(users.openidOf(c.req.param('user')))),
  )
  app.post('/phones/:user/codes', (c) =>
    c.json({ code: users.showCode(users.openidOf(c.req.param('user'))) }, 201),
  )
  /** What `wx.login` gives a mini-program on this phone. */
  app.post('/phones/:user/login-codes', (c) =>
    c.json({ code: miniProgramUsers.signIn(miniProgramUsers.openidOf(c.req.param('user'))) }, 201),
  )
  app.post('/phones/:user/follow', async (c) => {
    const user = c.req.param('user')
    const { act } = await c.req.parseBody()
    users.follow(users.openidOf(user), act === 'follow')
    return c.redirect(`/phones/${user}`, 303)
  })
  app.post('/phones/:user/prompts/:no', async (c) => {
    const { user, no } = c.req.param()
    const { act } = await c.req.parseBody()
    const trade = book.find(no)
    if (trade?.openid !== users.openidOf(user)) return c.json({ error: 'NOT_FOUND' }, 404)
    book.decide(no, act === 'accept')
    return c.redirect(`/phones/${user}`, 303)
  })
  return app
}
