import type { GridService } from '@campus-ecode/protocol/sign-ins'
import type { MyWechat } from '@campus-ecode/protocol/wechat'
import { createCell } from '../cell.ts'
import type { HostCap, HostEvent, HostKind, HostMethod } from '../host/host-bridge.ts'
import { type Host, openHost } from '../host/open-host.ts'
import type { HostModel } from '../host-model.ts'
import type { Done, Loadable } from '../model.ts'

const NOON = Date.UTC(2026, 10, 22, 4, 4, 18)
const done: Done = { kind: 'done', value: undefined }

const service = (icon: GridService['icon'], zh: string, en: string): GridService => ({
  serviceId: icon,
  name: { 'zh-CN': zh, en },
  icon,
  native: null,
})

/** One of each icon, long names among them. */
export const services: readonly GridService[] = [
  service('news', '校园新闻', 'Campus news'),
  service('orientation', '迎新报到', 'Orientation'),
  service('library', '图书馆座位预约', 'Library seat reservation'),
  service('clubs', '社团活动', 'Clubs'),
  service('jobs', '就业与实习信息平台', 'Jobs and internships'),
  service('timetable', '课表', 'Timetable'),
  service('repair', '宿舍报修', 'Dormitory repairs'),
  service('bus', '校车', 'Campus bus'),
  service('health', '校医院挂号', 'Clinic'),
  service('sports', '场馆预约', 'Sports venues'),
  service('link', '教务系统', 'Registrar'),
]

export interface GivenHost {
  kind?: HostKind
  caps?: readonly HostCap[]
  /** What the host answers; default null. */
  answer?: (method: HostMethod, params: unknown) => unknown
  services?: Loadable<readonly GridService[]>
  wechat?: Loadable<MyWechat>
  hint?: boolean
  shakes?: boolean
  openService?: Done
  openSecurely?: Done
}

/** A host that is asked, and tells what a test or a picture wants it to. */
export interface StillHost extends HostModel {
  asked: { method: HostMethod; params: unknown }[]
  opened: string[]
  tell(event: HostEvent, detail?: unknown): void
}

export function makeHostModel(given: GivenHost = {}): StillHost {
  const loaded = <T>(value: T): Loadable<T> => ({ value, at: NOON, loading: false })
  const asked: StillHost['asked'] = []
  const opened: string[] = []
  const listeners = new Set<[HostEvent, (detail?: unknown) => void]>()
  const caps = new Set(given.caps)
  const hint = createCell(given.hint ?? false)
  const shakes = createCell(given.shakes ?? false)
  const wechat = createCell(
    given.wechat ??
      loaded<MyWechat>({ offered: true, bound: false, boundAt: null, ready: true, signsIn: false }),
  )
  const here: Host = {
    kind: given.kind ?? 'native',
    can: (cap) => caps.has(cap),
    async call(method, params) {
      asked.push({ method, params })
      return given.answer?.(method, params) ?? null
    },
    on(event, listener) {
      const own: [HostEvent, (detail?: unknown) => void] = [event, listener]
      listeners.add(own)
      return () => void listeners.delete(own)
    },
  }
  const host = createCell<Host | undefined>(here)
  return {
    asked,
    opened,
    tell(event, detail) {
      for (const [wanted, listener] of [...listeners]) if (wanted === event) listener(detail)
    },
    host,
    async open(bridge) {
      const signPage = async () => Promise.reject(new Error('no WeChat'))
      host.value = bridge ? await openHost(bridge, signPage) : here
      return host.value
    },
    shakes,
    async setShakes(on) {
      const refused = given.answer?.('shake', { on }) === false
      if (!refused) shakes.value = on
      return !refused
    },
    hint,
    noteHint() {},
    dismissHint() {
      hint.value = false
    },
    services: createCell(given.services ?? loaded<readonly GridService[]>([])),
    loadServices: async () => {},
    async openService({ serviceId }) {
      opened.push(serviceId)
      return given.openService ?? done
    },
    wechat,
    loadWechat: async () => {},
    async endWechatSignIn() {
      if (wechat.value.value) wechat.value = loaded({ ...wechat.value.value, signsIn: false })
      return done
    },
    async openSecurely() {
      opened.push('secure')
      return given.openSecurely ?? done
    },
  }
}
