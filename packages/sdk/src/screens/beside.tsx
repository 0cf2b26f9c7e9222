import { useEffect } from 'preact/hooks'
import { useChanges } from './use-cell.ts'
import { useView } from './view.ts'
import { openPart, WithPart } from './with-part.tsx'

/** When the first code has settled, and whatever it needed has come. */
const IDLE_MS = 3_000

/** What stands beside any screen: the keypad's sheet, the host; and what is fetched before it is asked for. */
export function Beside() {
  const { model, parts, screens, chunks } = useView()
  useChanges([model.wallet])
  const wanted = screens.includes('access')
  useEffect(() => {
    if (!wanted || savesData()) return
    // At a gate there may be no network to fetch it by.
    return whenIdle(() => void openPart(chunks, 'access').catch(() => {}))
  }, [wanted, chunks])
  const wallet = parts.value.wallet?.screens
  return (
    <>
      {wallet && model.wallet.value && <wallet.KeypadSheet />}
      {/* Nothing waits for it, and nothing is missed without it. */}
      <WithPart part="host" frame={() => null}>
        {({ HostSide }) => <HostSide />}
      </WithPart>
    </>
  )
}

/** The person pays for every byte, and says so. */
function savesData(): boolean {
  const { connection } = navigator as Navigator & { connection?: { saveData?: boolean } }
  return connection?.saveData === true
}

/** Safari has no idle callback. @returns How to call it off. */
function whenIdle(work: () => void): () => void {
  let idle = 0
  const timer = setTimeout(() => {
    if (typeof requestIdleCallback === 'function') idle = requestIdleCallback(work)
    else work()
  }, IDLE_MS)
  return () => {
    clearTimeout(timer)
    if (idle) cancelIdleCallback(idle)
  }
}
