import type { GridService } from '@campus-ecode/protocol/sign-ins'
import type { MyWechat } from '@campus-ecode/protocol/wechat'
import { createCell } from '../../cell.ts'
import { type Host, openHost } from '../../host/open-host.ts'
import type { HostModel } from '../../host-model.ts'
import { failed, localTrouble } from '../answer.ts'
import type { Basis, MakePart } from '../engine.ts'
import { createLoadable } from '../loadable.ts'
import { toDone } from '../to-done.ts'
import { within } from '../within.ts'
import { openTop, postForm } from './leave-page.ts'
import { type Marks, readMarks, writeMarks } from './marks.ts'
import { hostRoutes } from './routes.ts'

/** The school's server may be slow; longer than this is a failure. */
const TICKET_MS = 15_000

/** The host, and the ways out of the widget, in a script of their own. */
export const makeHost: MakePart<'host'> = (basis: Basis): HostModel => {
  const { api, clock, page, session, store } = basis
  api.learn(hostRoutes)
  const host = createCell<Host | undefined>(undefined)
  const hint = createCell(false)
  const shakes = createCell(readMarks(store.key).shakes === true)
  const mark = (marks: Marks) => writeMarks(store.key, { ...readMarks(store.key), ...marks })
  const services = createLoadable<readonly GridService[]>(clock, async () => {
    const answer = await api.call('getServices', {})
    return answer.ok ? { ok: true, value: answer.value.services } : answer
  })
  const wechat = createLoadable<MyWechat>(clock, () => api.call('getMyWechat', {}))
  let opening: Promise<Host> | undefined

  async function signPage(url: string) {
    const answer = await api.call('signWechatPage', { body: { url } })
    if (answer.ok) return answer.value
    throw new Error(answer.trouble.code)
  }

  /** An app may cover the page without the page being told; what both tell counts once. */
  function attend(opened: Host) {
    opened.on('pause', () => {
      page.visible.value = false
    })
    opened.on('resume', () => {
      page.visible.value = document.visibilityState !== 'hidden'
    })
    const { matches } = matchMedia('(pointer: coarse)')
    hint.value = matches && !opened.can('brightness') && !readMarks(store.key).hinted
    // On iOS it has to be allowed in a tap again; then the switch stands at off.
    if (shakes.value) void setShakes(true)
  }

  async function setShakes(on: boolean): Promise<boolean> {
    const done = await Promise.resolve(host.value?.call('shake', { on })).then(
      () => true,
      () => false,
    )
    shakes.value = on && done
    return done
  }

  return {
    host,
    open(given) {
      opening ??= openHost(given, signPage).then((opened) => {
        host.value = opened
        attend(opened)
        return opened
      })
      return opening
    },
    shakes,
    async setShakes(on) {
      const done = await setShakes(on)
      if (done) mark({ shakes: on })
      return done
    },
    hint,
    noteHint() {
      // Where nothing is kept it would come each time.
      if (!mark({ hinted: true })) hint.value = false
    },
    dismissHint() {
      hint.value = false
    },

    services: services.state,
    loadServices: services.load,
    async openService({ serviceId, native }) {
      if (native && host.value?.can('openNative')) {
        const opened = await host.value.call('openNative', { page: native, params: {} }).then(
          () => true,
          () => false,
        )
        if (opened) return { kind: 'done', value: undefined }
      }
      const answer = await api.call('openService', { serviceId })
      if (answer.ok) postForm(answer.value.url, { ticket: answer.value.ticket })
      return toDone(answer)
    },

    wechat: wechat.state,
    loadWechat: wechat.load,
    async endWechatSignIn() {
      const answer = await api.call('endWechatSignIn', {})
      if (answer.ok) await wechat.load()
      return toDone(answer)
    },

    async openSecurely() {
      try {
        const { url } = Object(await within(TICKET_MS, session.provide(TICKET_WANTED)))
        if (!/^https?:/.test(url)) throw new TypeError("session('ticket') must return { url }")
        openTop(url)
        return { kind: 'done', value: undefined }
      } catch (cause) {
        const trouble = { ...localTrouble('SESSION_PROVIDER_FAILED'), cause }
        basis.tell('onTrouble', trouble)
        return toDone(failed(trouble))
      }
    },
  }
}

/** `TICKET_WANTED` of protocol's sessions, which brings zod. */
const TICKET_WANTED = 'ticket'
