import type { StaffSelf } from '@campus-ecode/protocol/staff'
import { useEffect, useState } from 'preact/hooks'
import { call, whenSignedOut } from './api.ts'
import { Frame } from './frame.tsx'
import { SetUp } from './pages/set-up.tsx'
import { SignIn } from './pages/sign-in.tsx'
import { keepLocale, type Locale, readLocale, stringsOf } from './strings/strings.ts'
import { HereContext } from './ui/session.ts'
import { useHash } from './ui/use-hash.ts'

/** Who is there decides what is shown: nobody gets the door, everybody else the frame. */
export function App() {
  const [locale, setLocale] = useState<Locale>(readLocale)
  const [self, setSelf] = useState<StaffSelf | null>()
  const [ended, setEnded] = useState(false)
  const place = useHash()
  const t = stringsOf(locale)

  useEffect(() => {
    document.documentElement.lang = locale
    keepLocale(locale)
  }, [locale])
  useEffect(() => {
    whenSignedOut(() => {
      setSelf((before) => {
        setEnded(Boolean(before))
        return null
      })
    })
    void call('getSelf', {}).then((outcome) => setSelf(outcome.ok ? outcome.value : null))
  }, [])

  const look = { t, locale, onLocale: () => setLocale(locale === 'en' ? 'zh-CN' : 'en') }
  const enter = (next: StaffSelf) => {
    setEnded(false)
    setSelf(next)
  }
  const [page, code] = place
  if (page === 'set-up' && code) {
    const onDone = (next: StaffSelf) => {
      // The code is of no use any more, and need not lie in the history.
      history.replaceState(null, '', '#/')
      dispatchEvent(new HashChangeEvent('hashchange'))
      enter(next)
    }
    return <SetUp {...look} code={code} onDone={onDone} />
  }
  if (self === undefined) return <p class="none">{t.loading}</p>
  if (self === null) return <SignIn {...look} ended={ended} onDone={enter} />
  return (
    <HereContext.Provider value={{ self, t, locale }}>
      <Frame place={place} onLocale={look.onLocale} onLeave={() => setSelf(null)} />
    </HereContext.Provider>
  )
}
