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

/** How many drawings want what of a host: the cashier over a code, for one. */
const wishes = new WeakMap<Host, Map<HostMethod, number>>()

/**
 * Has the host do something as long as some drawing wants it, and undo it then. What it cannot do is let be.
 */
export function useSwitched(
  host: Host | undefined,
  method: HostMethod,
  wanted: boolean,
  on: object,
  off: object,
): void {
  useEffect(() => {
    if (!wanted || !host?.can(method)) return
    const wanting = wishes.get(host) ?? new Map<HostMethod, number>()
    wishes.set(host, wanting)
    const count = (by: number) => {
      const before = wanting.get(method) ?? 0
      wanting.set(method, before + by)
      if (!before || !(before + by)) void host.call(method, by > 0 ? on : off).catch(() => {})
    }
    count(1)
    return () => count(-1)
  }, [host, method, wanted])
}
