import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { Chunks } from './chunks.ts'
import { useChanges } from './use-cell.ts'
import { type FetchedParts, useView } from './view.ts'

/** Its texts in English. */
const english = {
  wallet: async (chunks: Chunks) => (await chunks.part('englishWallet')).enWallet,
  access: async (chunks: Chunks) => (await chunks.part('englishAccess')).enAccess,
  ways: async (chunks: Chunks) => (await chunks.part('englishWays')).enWays,
  host: async (chunks: Chunks) => (await chunks.part('englishHost')).enHost,
}

/** Fetches a part, and what it draws with. */
export async function openPart<K extends keyof FetchedParts>(chunks: Chunks, part: K) {
  if (part === 'access') await chunks.part('qr')
  return chunks.open(part)
}

/** Shows what needs a part of its own: a quiet gap while it comes, a way on if it does not. */
export function WithPart<K extends keyof FetchedParts>({
  part,
  frame = (rest) => rest,
  children,
}: {
  part: K
  /** Around the gap. */
  frame?: ((rest: ComponentChildren) => ComponentChildren) | undefined
  children: (screens: FetchedParts[K]['screens']) => ComponentChildren
}) {
  const { model, locale, chunks, parts, t } = useView()
  useChanges([model[part]])
  const [failed, setFailed] = useState(false)
  const [attempt, setAttempt] = useState(1)
  const fetched = parts.value[part]
  const worded = locale !== 'en' || fetched?.en !== undefined
  const isReady = fetched && model[part].value && worded

  useEffect(() => {
    let gone = false
    setFailed(false)
    const fetchWords = async () => {
      // Chinese is better than nothing when English cannot be fetched.
      return locale === 'en' ? english[part](chunks).catch(() => ({})) : fetched?.en
    }
    const fetchAll = async () => {
      if (isReady) return
      const [en, screens] = await Promise.all([fetchWords(), openPart(chunks, part)])
      if (!gone) parts.value = { ...parts.value, [part]: { screens, en } }
    }
    fetchAll().catch(() => {
      if (!gone) setFailed(true)
    })
    return () => {
      gone = true
    }
  }, [locale, chunks, attempt])

  if (isReady) return <>{children(fetched.screens)}</>
  return (
    <>
      {frame(
        failed ? (
          <div class="notice short">
            <p class="notice-title">{t('networkLost')}</p>
            <button
              type="button"
              class="button"
              part="button"
              onClick={() => setAttempt(attempt + 1)}
            >
              {t('retry')}
            </button>
          </div>
        ) : (
          <div class="panel day-bone bone" aria-busy="true" />
        ),
      )}
    </>
  )
}
