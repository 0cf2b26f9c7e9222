import { useEffect, useState } from 'preact/hooks'
import { useView } from '../view.ts'
import { copyText } from '../wallet/copy-text.ts'

const SAID_MS = 2_000

/** Copies a text where the engine allows it, and says so for a while. */
export function useCopy(): { copied: boolean; copy(text: string): void } {
  const { t, say } = useView()
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), SAID_MS)
    return () => clearTimeout(timer)
  }, [copied])
  return {
    copied,
    copy(text) {
      void copyText(text).then((done) => {
        setCopied(done)
        say(t(done ? 'copied' : 'copyFailed'))
      })
    },
  }
}
