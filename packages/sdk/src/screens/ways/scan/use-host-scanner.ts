import { useEffect, useState } from 'preact/hooks'
import type { HostBridge } from '../../../host/host-bridge.ts'
import type { HostModel } from '../../../host-model.ts'

/**
 * Opens the host's own scanner, if it has one, as soon as the page is there.
 *
 * @param host Undefined while its part has not come: then the camera need not wait for it.
 * @param given The page's own bridge.
 * @param onNothing The person came back without a code.
 * @returns `none` when there is none, or it failed: then the camera's turn has come.
 */
export function useHostScanner(
  host: HostModel | undefined,
  given: HostBridge | undefined,
  onText: (text: string) => void,
  onNothing: () => void,
): 'open' | 'none' {
  const [state, setState] = useState<'open' | 'none'>(host ? 'open' : 'none')
  useEffect(() => {
    if (!host) return
    const stop = new AbortController()
    async function scan(model: HostModel) {
      const opened = await model.open(given)
      if (stop.signal.aborted) return
      if (!opened.can('scan')) return setState('none')
      const text = await opened.call('scan', null, stop.signal)
      if (stop.signal.aborted) return
      setState('none')
      if (typeof text === 'string' && text) onText(text)
      else onNothing()
    }
    scan(host).catch(() => {
      if (!stop.signal.aborted) setState('none')
    })
    return () => stop.abort()
  }, [])
  return state
}
