import type { StaffRole } from '@campus-ecode/protocol/staff'
import type { StaffRouteName } from '@campus-ecode/protocol/staff-api'
import { type ComponentChildren, Fragment } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { call, may } from './api.ts'
import { Account, sinceLastTime } from './pages/account.tsx'
import { Audit } from './pages/audit.tsx'
import { Devices } from './pages/devices.tsx'
import { Differences } from './pages/differences.tsx'
import { Health } from './pages/health.tsx'
import { Merchants } from './pages/merchants.tsx'
import { Now } from './pages/now.tsx'
import { Payment } from './pages/payment.tsx'
import { Payments } from './pages/payments.tsx'
import { People } from './pages/people.tsx'
import { Person } from './pages/person.tsx'
import { Settings } from './pages/settings.tsx'
import { Staff } from './pages/staff.tsx'
import { Statements } from './pages/statements.tsx'
import { Tasks } from './pages/tasks.tsx'
import { Webhooks } from './pages/webhooks.tsx'
import type { Strings } from './strings/strings.ts'
import { Icon, type IconName } from './ui/icon.tsx'
import { useHere } from './ui/session.ts'
import { useLoad } from './ui/use-load.ts'

interface Page {
  name: IconName & keyof Strings['nav']
  group: 'daily' | 'books' | 'place' | 'office'
  /** Who may call this may see the page. */
  needs: StaffRouteName
  show: (rest: string[]) => ComponentChildren
}

const pages: Page[] = [
  { name: 'now', group: 'daily', needs: 'getPulse', show: () => <Now /> },
  {
    name: 'payments',
    group: 'daily',
    needs: 'findPayments',
    show: ([id]) => (id ? <Payment key={id} paymentId={id} /> : <Payments />),
  },
  {
    name: 'people',
    group: 'daily',
    needs: 'findPeople',
    show: ([id]) => (id ? <Person key={id} personId={id} /> : <People />),
  },
  { name: 'tasks', group: 'books', needs: 'getTasks', show: () => <Tasks /> },
  { name: 'statements', group: 'books', needs: 'getStatements', show: () => <Statements /> },
  { name: 'differences', group: 'books', needs: 'getDifferences', show: () => <Differences /> },
  { name: 'settings', group: 'books', needs: 'getSettings', show: () => <Settings /> },
  { name: 'merchants', group: 'place', needs: 'getMerchants', show: () => <Merchants /> },
  { name: 'devices', group: 'place', needs: 'getDevices', show: () => <Devices /> },
  { name: 'health', group: 'place', needs: 'getHealth', show: () => <Health /> },
  { name: 'webhooks', group: 'office', needs: 'getWebhooks', show: () => <Webhooks /> },
  {
    name: 'audit',
    group: 'office',
    needs: 'getAudit',
    show: ([id]) => <Audit key={id} personId={id} />,
  },
  { name: 'staff', group: 'office', needs: 'getStaff', show: () => <Staff /> },
]
/** Where whoever has this role alone begins: with somebody who stands before them. */
const starts: Partial<Record<StaffRole, Page['name']>> = {
  card_office: 'people',
  support: 'payments',
}
const groups = ['daily', 'books', 'place', 'office'] as const

/** The menu of what this person may do, and the page that is open. */
export function Frame({
  place,
  onLocale,
  onLeave,
}: {
  place: string[]
  onLocale: () => void
  onLeave: () => void
}) {
  const { self, t, locale } = useHere()
  const [open, setOpen] = useState(false)
  const mine = pages.filter(({ needs }) => may(self.roles, needs))
  const [name, ...rest] = place
  const [role, ...others] = self.roles
  const start = role && others.length === 0 ? starts[role] : undefined
  const isAccount = name === 'account'
  const byName = (wanted: string | undefined) => mine.find((each) => each.name === wanted)
  const page = isAccount ? undefined : (byName(name) ?? byName(start) ?? mine[0])
  const hash = place.join('/')
  useEffect(() => {
    setOpen(false)
    scrollTo(0, 0)
  }, [hash])
  const leave = async (everywhere: boolean) => {
    const outcome = await call('signOut', { body: { everywhere } })
    if (outcome.ok) onLeave()
  }
  return (
    <div class="frame">
      {/* No link: the address says which page is open. */}
      <button
        type="button"
        class="button skip"
        onClick={() => document.querySelector('main')?.focus()}
      >
        {t.skip}
      </button>
      <header class={`side ${open ? 'open' : ''}`}>
        <div class="brand">
          <div>
            <strong>{locale === 'en' ? self.school.nameEn : self.school.name}</strong>
            <span class="soft">{t.console}</span>
          </div>
          <button
            type="button"
            class="button plain menu"
            aria-expanded={open}
            onClick={() => setOpen(!open)}
          >
            <Icon name="menu" />
            {t.menu}
          </button>
        </div>
        <nav aria-label={t.menu}>
          {groups.map((group) => {
            const items = mine.filter((each) => each.group === group)
            if (items.length === 0) return null
            return (
              <div key={group}>
                <h2>{t.nav[group]}</h2>
                <ul>
                  {items.map((each) => (
                    <li key={each.name}>
                      <a href={`#/${each.name}`} aria-current={each === page ? 'page' : undefined}>
                        <Icon name={each.name} />
                        {t.nav[each.name]}
                        {each.name === 'tasks' && <Waiting />}
                      </a>
                    </li>
                  ))}
                </ul>
              </div>
            )
          })}
        </nav>
        <div class="me">
          <div>
            <a href="#/account" aria-current={isAccount ? 'page' : undefined}>
              <Icon name="account" />
              {self.displayName}
            </a>
            <div class="soft small">{self.roles.map((each) => t.roles[each]).join(t.comma)}</div>
          </div>
          <div class="me-row">
            <button type="button" class="link" onClick={() => leave(false)}>
              {t.signOut}
            </button>
            <button type="button" class="link" onClick={onLocale}>
              {t.language}
            </button>
          </div>
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        {isAccount ? <Account onLeave={() => leave(true)} /> : <News />}
        {/* Chosen once more, a page begins anew. */}
        <Fragment key={hash}>{page?.show(page.name === name ? rest : [])}</Fragment>
      </main>
    </div>
  )
}

const EVERY_MS = 30_000

/** How much waits for this person's word. */
function Waiting() {
  const { self, t } = useHere()
  const tasks = useLoad('getTasks', {}, '', EVERY_MS)
  const count = tasks.value?.tasks.filter(
    ({ state, askedBy }) => state === 'waiting' && askedBy.staffId !== self.staffId,
  ).length
  return count ? (
    <span class="badge">
      {count} <span class="spoken">{t.tasks.waiting}</span>
    </span>
  ) : null
}

/** What was done to one's own account since the last time, until somebody has looked. */
function News() {
  const { t } = useHere()
  const account = useLoad('getOwnAccount', {})
  const count = sinceLastTime(account.value?.events ?? []).length
  return count > 0 ? (
    <p class="said warn news">
      {t.account.news(count)} <a href="#/account">{t.account.look}</a>
    </p>
  ) : null
}
