import { useEffect, useState } from 'preact/hooks'
import type { HostBridge } from '../../../host/host-bridge.ts'

/** A host that does not answer has none. */
const CAPS_MS = 1_500

/**
 * Opens the host's own scanner, if it has one, as soon as the page is there.
 *
 * @param onNothing The person came back without a code.
 * @returns `none` when there is none, or it failed: then the camera's turn has come.
 */
export function useHostScanner(
  host: HostBridge | undefined,
  onText: (text: string) => void,
  onNothing: () => void,
): 'open' | 'none' {
  const [state, setState] = useState<'open' | 'none'>(host ? 'open' : 'none')
  useEffect(() => {
    if (!host) return
    let gone = false
    async function scan(given: HostBridge) {
      const caps = await Promise.race([
        given.caps(),
        new Promise<never>((_, reject) => setTimeout(reject, CAPS_MS)),
      ])
      if (gone) return
      if (!caps.has('scan')) return setState('none')
      const text = await given.call('scan')
      if (gone) return
      setState('none')
      if (typeof text === 'string' && text) onText(text)
      else onNothing()
    }
    scan(host).catch(() => {
      if (!gone) setState('none')
    })
    return () => {
      gone = true
    }
  }, [])
  return state
}
