import { corePersonRoutes } from '@campus-ecode/protocol/core-api'
import type { SigningKey } from '@campus-ecode/protocol/signing-key'
import {
  WECHAT_RESULT_PARAM,
  wechatBindingSchema,
  wechatOutcomeSchema,
} from '@campus-ecode/protocol/wechat'
import { request } from 'undici'
import { type Person, SCHOOL_ORIGIN } from '../world.ts'
import { KEYPAD_ORIGIN } from './passwords.ts'
import type { CoreWire } from './signed-http.ts'
import { fill } from './terminals.ts'

/**
 * Binds somebody's WeChat as they do in a browser (R27): to WeChat's page, back to the core, back to the school.
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
  const signedIn = await request(authoriseUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ user, act: 'allow' }).toString(),
  })
  await signedIn.body.dump()
  const callback = new URL(String(signedIn.headers.location))
  const back = await request(
    `http://127.0.0.1:${core.core.keypadPort}${callback.pathname}${callback.search}`,
    {
      headers: { host: new URL(KEYPAD_ORIGIN).host },
    },
  )
  await back.body.dump()
  const token = new URL(String(back.headers.location)).searchParams.get(WECHAT_RESULT_PARAM)
  const confirm = fill(corePersonRoutes.confirmWechatBinding.path, { schoolId, personId })
  const bound = await core.send(
    core.sign({ method: 'POST', target: confirm, json: { token }, key }),
  )
  const { result } = wechatOutcomeSchema.parse(bound.json)
  if (result !== 'bound') throw new Error(`a WeChat could not be bound: ${result}`)
}
