import type { StateView } from '../gate-view.ts'
import { both, make } from './find.ts'

/** What the gate knows, and since when. */
export function showState(state: StateView): Node[] {
  const { online, isCut, now, lastContactAt, listIssuedAt, revokedCount, waitingRecords } = state
  const facts = make('dl', 'facts')
  const add = (zh: string, en: string, ...value: (Node | string)[]) =>
    facts.append(make('dt', '', ...both(zh, en)), make('dd', '', ...value))
  add('上次联网', 'Last contact', ...ago(lastContactAt, now))
  add('停用名单', 'Locked list', ...ago(listIssuedAt, now), ` · ${revokedCount}`)
  if (waitingRecords > 0) add('待上传记录', 'Records to upload', String(waitingRecords))
  const badge = online
    ? make('p', 'badge online', ...both('在线', 'Online'))
    : isCut
      ? make('p', 'badge offline', ...both('网络已断开', 'Unplugged'))
      : make('p', 'badge offline', ...both('离线', 'Offline'))
  const warnings = state.warnings.map((warning) =>
    make('p', 'warning', ...both(warning['zh-CN'], warning.en)),
  )
  return [badge, facts, ...warnings]
}

function ago(at: number | null, now: number): (Node | string)[] {
  if (at === null) return both('没有', 'none')
  const seconds = Math.max(0, Math.round((now - at) / 1000))
  if (seconds < 90) return both(`${seconds} 秒前`, `${seconds} s`)
  const minutes = Math.round(seconds / 60)
  if (minutes < 90) return both(`${minutes} 分钟前`, `${minutes} min`)
  const hours = Math.round(minutes / 60)
  return hours < 48
    ? both(`${hours} 小时前`, `${hours} h`)
    : both(`${Math.round(hours / 24)} 天前`, `${Math.round(hours / 24)} d`)
}
