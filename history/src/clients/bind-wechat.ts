import { corePersonRoutes } from '@campus-ecode/protocol/core-api'
import type { SigningKey } from '@campus-ecode/protocol/signing-key'
import {
  WECHAT_RESULT_FRAGMENT,
  wechatBindingSchema,
  wechatOutcomeSchema,
} from '@campus-ecode/protocol/wechat'
import { request } from 'undici'
import { type Person, SCHOOL_ORIGIN } from '../world.ts'
import { KEYPAD_ORIGIN } from './passwords.ts'
import type { CoreWire } from './signed-http.ts'
import { fill } from './terminals.ts'

/**
 * Binds somebody's WeChat as they do in a browser (R27): by way of the core to WeChat's page, back to the core, back to
 * the school.
 * Before anything is broken: throws when it does not work.
 *
 * @param user Their name at the sandbox's WeChat.
 */
export async function bindWechat(
  { id: personId }: Person,
  user: string,
  core: CoreWire,
  { schoolId, bffKey: key }: { schoolId: string; bffKey: SigningKey },
): Promise<void> {
  const target = fill(corePersonRoutes.startWechatBinding.path, { schoolId, personId })
  const json = { returnTo: `${SCHOOL_ORIGIN}/wallet` }
  const begun = await core.send(core.sign({ method: 'POST', target, json, key }))
  const { authoriseUrl } = wechatBindingSchema.parse(begun.json)
  const visit = async (url: string, headers: Record<string, string>) => {
    const { pathname, search } = new URL(url)
    const port = core.core.keypadPort
    const { host } = new URL(KEYPAD_ORIGIN)
    const options = { headers: { host, ...headers } }
    const answer = await request(`http://127.0.0.1:${port}${pathname}${search}`, options)
    await answer.body.dump()
    return answer.headers
  }
  const off = await visit(authoriseUrl, { referer: `${SCHOOL_ORIGIN}/` })
  const signedIn = await request(String(off.location), {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ user, act: 'allow' }).toString(),
  })
  await signedIn.body.dump()
  const [cookie = ''] = [off['set-cookie']].flat()
  const back = await visit(String(signedIn.headers.location), {
    cookie: cookie.split(';')[0] ?? '',
  })
  const fragment = new URLSearchParams(new URL(String(back.location)).hash.slice(1))
  const token = fragment.get(WECHAT_RESULT_FRAGMENT)
  const confirm = fill(corePersonRoutes.confirmWechatBinding.path, { schoolId, personId })
  const bound = await core.send(
    core.sign({ method: 'POST', target: confirm, json: { token }, key }),
  )
  const { result } = wechatOutcomeSchema.parse(bound.json)
  if (result !== 'bound') throw new Error(`a WeChat could not be bound: ${result}`)
}
