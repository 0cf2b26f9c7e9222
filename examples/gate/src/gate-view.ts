import { parseIdentityCode } from '@campus-ecode/protocol/identity-code'
import type { Gate, GateReading, GateState, GateWarning } from '@campus-ecode/terminal'

/** What the page shows for some seconds after a code was read. */
export interface ReadingView {
  /** `identity`: nobody passes, but the desk sees who it is (R5). */
  kind: 'opened' | 'refused' | 'identity'
  message: { 'zh-CN': string; en: string } | null
  /** Of the table in docs/codes.md, or of the core's errors. */
  code: string | null
  class: GateReading['class']
  maskedName: string | null
  purpose: GateReading['purpose']
}

/** What stands at the edge of the page all the time. Times are milliseconds since 1970. */
export interface StateView {
  online: boolean
  /** The switch of the demo: as if the cable was pulled. */
  isCut: boolean
  now: number
  lastContactAt: number | null
  listIssuedAt: number | null
  revokedCount: number
  waitingRecords: number
  warnings: { 'zh-CN': string; en: string }[]
}

/** Judges a code; one that only identifies is asked about, where the gate may ask. */
export async function readCode(gate: Gate, text: string): Promise<ReadingView> {
  const reading = await gate.read(text)
  if (reading.refusal === 'NOT_ACCESS' && parseIdentityCode(text)) {
    const identity = await identify(gate, text)
    if (identity) return identity
  }
  const { result, message, refusal, class: personClass, purpose } = reading
  return { kind: result, message, code: refusal, class: personClass, maskedName: null, purpose }
}

/** @returns undefined where this gate may not ask, or cannot: then it is just not an access code. */
async function identify(gate: Gate, text: string): Promise<ReadingView | undefined> {
  const nobody = { class: null, maskedName: null, purpose: null }
  const answer = await gate.checkIdentity(text)
  if (answer.kind === 'answered') {
    const { class: personClass, maskedName } = answer.body
    return {
      ...nobody,
      kind: 'identity',
      message: null,
      code: null,
      class: personClass,
      maskedName,
    }
  }
  if (answer.kind === 'unknown' || answer.code === 'GATE_NOT_PERMITTED') return undefined
  return { ...nobody, kind: 'refused', message: answer.message, code: answer.code }
}

export function viewState(state: GateState, isCut: boolean, now: number): StateView {
  const { online, lastContactAt, list, waitingRecords, warnings } = state
  return {
    online,
    isCut,
    now,
    lastContactAt,
    listIssuedAt: list ? list.issued * 1000 : null,
    revokedCount: list?.count ?? 0,
    waitingRecords,
    warnings: warnings.map(tellWarning),
  }
}

function tellWarning(warning: GateWarning): { 'zh-CN': string; en: string } {
  switch (warning.warning) {
    case 'no_documents':
      return both('还没有闸机资料，不能放行', 'Not set up yet: opens to nobody')
    case 'keys_expiring': {
      const day = new Date(warning.at * 1000).toISOString().slice(0, 10)
      return both(`密钥将于 ${day} 到期，请联网`, `Keys run out on ${day}: go online`)
    }
    case 'keys_expired':
      return both('密钥已到期，不能放行', 'Keys have run out: opens to nobody')
    case 'list_stale':
      return both('停用名单超过一天未更新', 'The list of locked cards is more than a day old')
    case 'clock_behind':
      return both('闸机时间不对，请校准', "The gate's clock is wrong")
    case 'gate_disabled':
      return both('学校已停用这台闸机', 'The school has disabled this gate')
    case 'document_refused':
      return both('收到不可信的资料，已拒绝', 'Refused what it was told: not believed')
    case 'storage_failed':
      return both('存储写不进去，请检查磁盘', 'The disk takes nothing')
    case 'records_lost':
      return both(`${warning.count} 条记录未能上传`, `${warning.count} records are lost`)
  }
}

function both(zh: string, en: string) {
  return { 'zh-CN': zh, en }
}
