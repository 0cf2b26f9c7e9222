import type { StaffRouteName } from '@campus-ecode/protocol/staff-api'
import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { call, may } from './api.ts'
import { time } from './format.ts'
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
import { Staff } from './pages/staff.tsx'
import { Statements } from './pages/statements.tsx'
import { Tasks } from './pages/tasks.tsx'
import { Webhooks } from './pages/webhooks.tsx'
import type { Strings } from './strings/strings.ts'
import { Icon, type IconName } from './ui/icon.tsx'
import { useHere } from './ui/session.ts'

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
  const page = mine.find((each) => each.name === name) ?? mine[0]
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
            <strong>{self.displayName}</strong>
            <div class="soft small">{self.roles.map((role) => t.roles[role]).join(t.comma)}</div>
            <div class="soft small">{t.endsAt(time(self.endsAt))}</div>
          </div>
          <div class="me-row">
            <button type="button" class="link" onClick={() => leave(false)}>
              {t.signOut}
            </button>
            <button type="button" class="link" onClick={() => leave(true)}>
              {t.signOutAll}
            </button>
            <button type="button" class="link" onClick={onLocale}>
              {t.language}
            </button>
          </div>
        </div>
      </header>
      <main>{page?.show(page.name === name ? rest : [])}</main>
    </div>
  )
}
