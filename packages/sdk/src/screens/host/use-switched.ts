import { useEffect, useState } from 'preact/hooks'
import type { HostMethod } from '../../host/host-bridge.ts'
import type { Host } from '../../host/open-host.ts'

/** A code that gives way to the next must not darken the screen in between. */
const LINGER_MS = 1_500

/** True as long as it is wanted, and a little longer; not beyond the moment the page is hidden. */
export function useLinger(wanted: boolean, visible: boolean): boolean {
  const [lingers, setLingers] = useState(wanted)
  useEffect(() => {
    if (wanted) return setLingers(true)
    const timer = setTimeout(() => setLingers(false), LINGER_MS)
    return () => clearTimeout(timer)
  }, [wanted])
  return (wanted || lingers) && visible
}

/** Has the host do something as long as it is wanted, and undo it then. What it cannot do is let be. */
export function useSwitched(
  host: Host | undefined,
  method: HostMethod,
  wanted: boolean,
  on: object,
  off: object,
): void {
  useEffect(() => {
    if (!wanted || !host?.can(method)) return
    const ask = (params: object) => void host.call(method, params).catch(() => {})
    ask(on)
    return () => ask(off)
  }, [host, method, wanted])
}
