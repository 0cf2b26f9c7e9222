import { allScopes, type Scope } from '@campus-ecode/protocol/sessions'
import type { CollectionChannel, SignInChannel } from '@campus-ecode/protocol/sign-ins'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { HttpCore } from '../testing/http-core.ts'
import type { PublicServer } from './testing/public-server.ts'
import { newOpenid, password, secretOf, useSignIns } from './testing/use-sign-ins.ts'

const signIns = useSignIns()
const { addStudent, bind, bindingOf } = signIns
let core: HttpCore
let web: PublicServer
beforeAll(() => {
  core = signIns.core
  web = signIns.web
})
beforeEach(() => allow([]))

const allButCollections = allScopes.filter((scope) => scope !== 'collection')

async function allow(collectionChannels: CollectionChannel[]) {
  expect((await core.call('changeSchool', { body: { collectionChannels } })).status).toBe(200)
}

async function bindAccount() {
  const { personId, cardNo } = await addStudent()
  const binding = await bindingOf(bind(web.openBrowser(), newOpenid(), cardNo))
  return { personId, binding, channel: 'wechat' } as const
}

async function bindMiniProgram() {
  const { personId, cardNo } = await addStudent()
  const openid = newOpenid()
  const signIn = async () =>
    (await core.call('signInMiniProgram', { body: { code: core.wechat.logIn({ openid }) } })).body
  const url = new URL((await signIn()).bindUrl)
  const view = web.openWebView()
  const page = await view.post('/wechat/bind', { page: url.hash.replace('#p=', '') })
  await view.post('/wechat/sign-in/bind', { page: secretOf(page), cardNo, password })
  const { binding } = await signIn()
  return { personId, binding, channel: 'mini_program', signIn } as const
}

async function scopesOf(
  { personId, ...by }: { personId: string; channel: SignInChannel; binding: string },
  scopes: Scope[] = allScopes,
): Promise<Scope[]> {
  const { status, body } = await core.call('checkSignIn', {
    params: { personId },
    body: { ...by, scopes },
  })
  expect(status).toBe(200)
  return body.scopes
}

describe('where merchants’ printed codes are paid (R24)', () => {
  it('is the school’s own word, whatever it allows elsewhere', async () => {
    const { personId } = await core.addPerson()
    expect(await scopesOf({ personId, channel: 'school', binding: '' })).toEqual(allScopes)
  })

  it('is neither channel of WeChat, unless the school says so: all else is as it was', async () => {
    const account = await bindAccount()
    const app = await bindMiniProgram()
    expect(await scopesOf(account)).toEqual(allButCollections)
    expect(await scopesOf(app)).toEqual(allButCollections)
    expect((await app.signIn()).scopes).toEqual(allButCollections)
  })

  it('is the one that the school names, and not the other', async () => {
    const account = await bindAccount()
    const app = await bindMiniProgram()
    await allow(['wechat'])
    expect(await scopesOf(account)).toEqual(allScopes)
    expect(await scopesOf(app)).toEqual(allButCollections)
    await allow(['mini_program'])
    expect(await scopesOf(account)).toEqual(allButCollections)
    expect(await scopesOf(app)).toEqual(allScopes)
    expect((await app.signIn()).scopes).toEqual(allScopes)
  })

  it('is taken back at the next refresh', async () => {
    await allow(['wechat', 'mini_program'])
    const both = [await bindAccount(), await bindMiniProgram()]
    for (const one of both) expect(await scopesOf(one)).toEqual(allScopes)
    await allow([])
    for (const one of both) expect(await scopesOf(one)).toEqual(allButCollections)
  })

  it('gives nobody what was not asked for', async () => {
    await allow(['wechat'])
    const account = await bindAccount()
    expect(await scopesOf(account, ['card'])).toEqual(['card'])
  })

  it('is told to the person as it was: what sign-ins were for (R6)', async () => {
    const { personId, binding, channel } = await bindAccount()
    await scopesOf({ personId, binding, channel })
    const { rows } = await core.db.pool.query(
      'select scopes, channel from sign_ins where person_id = $1',
      [personId],
    )
    expect(rows).toEqual([{ scopes: [...allButCollections].sort(), channel: 'wechat' }])
  })
})
