import type {
  AccessContext,
  AccessOverview,
  AccessRecord,
  AccessRecordPage,
  Gathering,
  GatheringList,
  GatheringRecords,
  LockReach,
} from '@campus-ecode/protocol/access'
import { encodeShown, formatAccessCode } from '@campus-ecode/protocol/access-code'
import type {
  AccessModel,
  AccessState,
  GateNews,
  IdentityState,
  ShownAccess,
} from '../access-model.ts'
import { createCell } from '../cell.ts'
import type { Loadable } from '../model.ts'

/** As in every picture. */
const NOON = Date.UTC(2026, 10, 22, 4, 4, 18)
const MINUTE = 60_000
const iso = (offset: number) => new Date(NOON + offset).toISOString()
const loaded = <T>(value: T): Loadable<T> => ({ value, at: NOON, loading: false })

const scene = (purpose: 'door' | 'library'): AccessContext => ({
  ...{ purpose, context: 0, title: null, place: null, endsAt: null },
})
export const lecture: AccessContext = {
  purpose: 'attendance',
  context: 4711,
  title: '高等数学 第 11 周',
  place: '教学楼 A-201',
  endsAt: iso(41 * MINUTE),
}
export const meetings: AccessContext[] = [
  {
    purpose: 'meeting',
    context: 17,
    title: '运动会志愿者动员会',
    place: '学生活动中心报告厅',
    endsAt: iso(86 * MINUTE),
  },
  { ...lecture, purpose: 'meeting', context: 18, title: '班会', place: '教学楼 B-104' },
]

export const overview: AccessOverview = {
  consented: true,
  contexts: [scene('door'), scene('library'), lecture],
  places: [
    { purpose: 'door', campus: '仙林校区', zone: '3 号宿舍楼' },
    { purpose: 'door', campus: '仙林校区', zone: '教学楼 A' },
    { purpose: 'door', campus: '仙林校区', zone: '实验楼' },
    { purpose: 'library', campus: '仙林校区', zone: '图书馆' },
    { purpose: 'library', campus: '鼓楼校区', zone: '古籍馆' },
  ],
  mayGather: false,
  revocation: null,
  serverTime: iso(0),
}

export const reach: LockReach = {
  at: iso(-90_000),
  reason: 'card_locked',
  gateCount: 40,
  reachedCount: 37,
  waiting: [
    { name: '北门 2 号闸机', lastContactAt: iso(-7 * 60 * MINUTE) },
    { name: '体育馆侧门', lastContactAt: iso(-52 * MINUTE) },
    { name: '老图书馆', lastContactAt: null },
  ],
}

/** A code of the right form; its signatures are of nobody. */
const signed = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 73 + 19) % 256)
export const accessText = formatAccessCode(
  encodeShown(signed(110), { shownAt: NOON / 1000 - 8, purpose: 'door', context: 0 }),
  signed(64),
)

export const accessCode: ShownAccess = {
  kind: 'code',
  text: accessText,
  scene: { purpose: 'door', context: 0 },
  shownAt: NOON - 8_000,
  refreshAt: NOON + 2_000,
  endsAt: NOON + 19 * 60 * MINUTE,
  serial: 1,
}

export const opened: GateNews = {
  recordId: 'r1',
  gateName: '3 号宿舍楼 东门',
  purpose: 'door',
  result: 'opened',
  refusal: null,
  at: iso(-1_000),
}
export const gateRefused: GateNews = {
  ...opened,
  recordId: 'r2',
  gateName: '实验楼 一层',
  result: 'refused',
  refusal: 'NOT_NOW',
}

const record = (days: number, minutes: number, change: Partial<AccessRecord>): AccessRecord => ({
  recordId: `record-${days}-${minutes}`,
  at: iso(-(days * 24 * 60 + minutes) * MINUTE),
  gateName: '3 号宿舍楼 东门',
  campus: '仙林校区',
  zone: '3 号宿舍楼',
  purpose: 'door',
  title: null,
  result: 'opened',
  refusal: null,
  replayed: false,
  ...change,
})
export const records: AccessRecordPage = {
  records: [
    record(0, 2, {}),
    record(0, 34, {
      ...{ purpose: 'attendance', title: '高等数学 第 11 周', gateName: '教学楼 A-201 读码器' },
      zone: '教学楼 A',
    }),
    record(0, 190, {
      ...{ gateName: '实验楼 一层', zone: '实验楼', result: 'refused', refusal: 'NOT_NOW' },
    }),
    record(1, 60, { purpose: 'library', gateName: '图书馆 2 号通道', zone: '图书馆' }),
    record(1, 61, { gateName: '北门 2 号闸机', zone: '北门', replayed: true }),
    record(3, 10, {}),
  ],
  next: 'older',
}

const gathering: Gathering = {
  gatheringId: 'g1',
  context: 4711,
  purpose: 'attendance',
  title: '高等数学 第 11 周',
  zone: '教学楼 A-201',
  startsAt: iso(-4 * MINUTE),
  endsAt: iso(41 * MINUTE),
  attendeeCount: 5,
}
const over: Gathering = {
  ...gathering,
  gatheringId: 'g2',
  title: '高等数学 第 10 周',
  startsAt: iso(-7 * 24 * 60 * MINUTE),
  endsAt: iso(-(7 * 24 * 60 - 45) * MINUTE),
  attendeeCount: 63,
}
export const gatherings: GatheringList = {
  gatherings: [gathering, over],
  zones: ['教学楼 A-201', '教学楼 B-104', '学生活动中心报告厅'],
  groups: ['数学 2301 班', '数学 2302 班', '学生会'],
}
export const attendance: GatheringRecords = {
  gathering,
  attendees: ['陈思远', '林夏', '欧阳修文', '王雨桐', '赵一鸣'].map((name, index) => ({
    name,
    maskedCardNo: `2023••••41${index}`,
    firstAt: iso(-(200 - index * 31) * 1000),
    replayed: index === 3,
  })),
}

export interface GivenAccess {
  overview?: Loadable<AccessOverview>
  reach?: LockReach | null | undefined
  code?: AccessState
  news?: GateNews
  identity?: IdentityState
  records?: Loadable<AccessRecordPage>
  gatherings?: Loadable<GatheringList>
  attendance?: Loadable<GatheringRecords>
}

/** Access that stands still, except for what a person does to it. */
export function makeAccessModel(given: GivenAccess = {}): AccessModel {
  const code = createCell<AccessState>(given.code ?? accessCode)
  const identity = createCell<IdentityState>(
    given.identity ?? {
      kind: 'code',
      digits: '721001143221573602495012',
      drawnAt: NOON - 12_000,
      refreshAt: NOON + 38_000,
      serial: 1,
    },
  )
  return {
    overview: createCell(given.overview ?? loaded(overview)),
    code,
    news: createCell(given.news),
    identity,
    records: createCell(given.records ?? loaded(records)),
    gatherings: createCell(given.gatherings ?? loaded(gatherings)),
    attendance: createCell(given.attendance ?? loaded(attendance)),
    show: () => () => {},
    reach: createCell(given.reach),
    watchReach: () => () => {},
    load: async () => {},
    choose(chosen) {
      code.value = { ...accessCode, scene: chosen, serial: accessCode.serial + 1 }
    },
    async agree() {
      code.value = accessCode
    },
    next() {
      code.value = accessCode
    },
    showIdentity: () => () => {},
    refreshIdentity() {
      const { value } = identity
      if (value.kind === 'code') identity.value = { ...value, serial: value.serial + 1 }
    },
    loadRecords: async () => {},
    moreRecords: async () => {},
    loadGatherings: async () => {},
    startGathering: async () => ({ kind: 'done', value: gathering }),
    showAttendance: () => () => {},
    loadAttendance: async () => {},
    endGathering: async () => ({ kind: 'done', value: over }),
    end: () => undefined,
  }
}
