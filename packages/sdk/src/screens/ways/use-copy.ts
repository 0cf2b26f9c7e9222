import { useEffect, useState } from 'preact/hooks'
import { useView } from '../view.ts'

/** Copies a text where the engine allows it, and says so. */
export function useCopy(): { copied: string; copy(text: string): void } {
  const { t, say } = useView()
  const [copied, setCopied] = useState('')
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(''), 2_000)
    return () => clearTimeout(timer)
  }, [copied])
  return {
    copied,
    copy(text) {
      const done = navigator.clipboard?.writeText(text) ?? Promise.reject()
      done.then(
        () => {
          setCopied(text)
          say(t('copied'))
        },
        () => say(t('copyFailed')),
      )
    },
  }
}
