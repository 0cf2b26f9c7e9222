import type { HostModel } from '../../host-model.ts'
import { useChanges } from '../use-cell.ts'
import { useView } from '../view.ts'

/** The model's part about the host; what draws with this is only there once it is. */
export function useHost(): HostModel {
  const { model } = useView()
  const host = model.host.value
  if (!host) throw new Error('The host is not there')
  useChanges([host.host, host.shakes, host.services, host.wechat, host.hint])
  return host
}
