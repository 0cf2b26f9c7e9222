import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { PageBar } from './page-bar.tsx'
import { type Route, useView } from './view.ts'
import type { WalletScreens } from './wallet/wallet-screens.ts'

/** The way into the wallet, which is a part of its own. */
export function WalletDoor({ route }: { route: Route }) {
  const { t } = useView()
  return (
    <WithWallet
      frame={(rest) => (
        <div class="page">
          <PageBar title={t('tab_wallet')} />
          {rest}
        </div>
      )}
    >
      {({ WalletScreen }) => (
        <WalletScreen
          page={route.name === 'in_wallet' ? route.page : undefined}
          about={route.name === 'in_wallet' ? route.about : undefined}
        />
      )}
    </WithWallet>
  )
}

/** Shows what needs the wallet's part: a quiet gap while it comes, a way on if it does not. */
export function WithWallet({
  frame = (rest) => rest,
  children,
}: {
  /** Around the gap. */
  frame?: (rest: ComponentChildren) => ComponentChildren
  children: (screens: WalletScreens) => ComponentChildren
}) {
  const { model, locale, chunks, walletScreens, added, t } = useView()
  const [failed, setFailed] = useState(false)
  const [attempt, setAttempt] = useState(1)
  const screens = walletScreens.value
  const worded = locale !== 'en' || added.value.en !== undefined

  useEffect(() => {
    let gone = false
    setFailed(false)
    const fetchWords = async () => {
      // Chinese is better than nothing when English cannot be fetched.
      const en = locale === 'en' && !worded ? await chunks.englishWallet().catch(() => ({})) : {}
      return locale === 'en' && !worded ? { en } : {}
    }
    const fetchAll = async () => {
      if (screens && model.wallet.value && worded) return
      const [words, fetched] = await Promise.all([fetchWords(), chunks.wallet()])
      if (gone) return
      added.value = { ...added.value, 'zh-CN': fetched.strings, ...words }
      walletScreens.value = fetched
    }
    fetchAll().catch(() => {
      if (!gone) setFailed(true)
    })
    return () => {
      gone = true
    }
  }, [locale, chunks, attempt])

  if (screens && model.wallet.value && worded) return <>{children(screens)}</>
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
