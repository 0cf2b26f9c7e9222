import type { StaffPerson } from '@campus-ecode/protocol/staff-people'
import { type ComponentChildren, Fragment } from 'preact'
import { useState } from 'preact/hooks'
import { may } from '../api.ts'
import { ago, at, day, newId } from '../format.ts'
import { Confirm } from '../ui/confirm.tsx'
import { Await, Head, Told } from '../ui/parts.tsx'
import { useHere } from '../ui/session.ts'
import { useLoad } from '../ui/use-load.ts'
import { PaymentTable } from './payments.tsx'
import { CardTag } from './people.tsx'

type Asking =
  | { kind: 'lockCard' | 'unlockCard' | 'resetPassword' | 'endWechat' }
  | { kind: 'deletePerson'; taskId: string }
  | { kind: 'removeDevice'; deviceId: string; label: string }

type Deleting = NonNullable<StaffPerson['deletion']>

/** Somebody who stands at the window, or calls. */
export function Person({ personId }: { personId: string }) {
  const { t } = useHere()
  const person = useLoad('getPerson', { params: { personId } }, personId)
  const payments = useLoad('findPayments', { body: { personId } }, personId)
  return (
    <>
      <a class="back" href="#/people">
        ← {t.people.title}
      </a>
      <Head title={person.value?.maskedName ?? t.people.title} />
      <div class="stack">
        <Await of={person}>
          {(value) => (
            <Details
              person={value}
              onChange={async () => {
                await person.reload()
              }}
            />
          )}
        </Await>
        <h2>{t.person.payments}</h2>
        <Await of={payments}>
          {(found) => <PaymentTable payments={found.payments} none={t.person.noPayments} />}
        </Await>
      </div>
    </>
  )
}

function Details({ person, onChange }: { person: StaffPerson; onChange: () => Promise<void> }) {
  const { self, t, locale } = useHere()
  const [asking, setAsking] = useState<Asking>()
  const [done, setDone] = useState('')
  const { personId, lockReach: reach, wechat, deletion } = person
  const mayChange = may(self.roles, 'lockCard') && deletion?.state !== 'done'
  const bound = [wechat.signsIn && t.person.signsIn, wechat.pays && t.person.pays].filter(Boolean)
  const facts: [string, ComponentChildren][] = [
    [t.people.number, person.maskedCardNo],
    [t.people.classOf, t.personClass[person.class]],
    [t.people.campus, person.campus ?? '—'],
    [t.person.phone, person.maskedPhone ?? '—'],
    [t.person.wallet, t.person.opened[person.walletStatus]],
    [t.person.oneCard, t.person.opened[person.oneCardStatus]],
    [t.person.bankCards, t.person.cards(person.bankCardCount)],
    [t.person.password, t.person.passwords[person.password]],
    [t.person.wechat, bound.join(t.comma) || t.person.noWechat],
  ]
  const ask = (kind: 'lockCard' | 'unlockCard' | 'resetPassword' | 'endWechat') => (
    <button type="button" class="button plain" onClick={() => setAsking({ kind })}>
      {words(t)[kind].title}
    </button>
  )
  return (
    <>
      <Told text={done} />
      <div class="split">
        <section class="card stack">
          <div class="row between">
            <h2>{t.people.card}</h2>
            <CardTag status={person.cardStatus} />
          </div>
          <dl class="facts">
            {facts.map(([label, value]) => (
              <Fragment key={label}>
                <dt>{label}</dt>
                <dd>{value}</dd>
              </Fragment>
            ))}
          </dl>
          {mayChange && (
            <div class="row">
              {person.cardStatus === 'active' && ask('lockCard')}
              {person.cardStatus === 'locked' && ask('unlockCard')}
              {person.password !== 'not_set' && person.bankCardCount === 0 && ask('resetPassword')}
              {(wechat.signsIn || wechat.pays) && ask('endWechat')}
            </div>
          )}
          {mayChange && person.password !== 'not_set' && person.bankCardCount > 0 && (
            <p class="hint">{t.person.resetByBank}</p>
          )}
          {deletion && <Deletion of={deletion} />}
          {may(self.roles, 'getAudit') && <a href={`#/audit/${personId}`}>{t.person.audit}</a>}
        </section>
        <div class="stack">
          {reach && (
            <section class="card stack">
              <h2>{t.person.reach}</h2>
              <p>{t.person.reachText(reach.reachedCount, reach.gateCount)}</p>
              <p class="soft">
                {t.person.reachWaiting} {reach.waiting.map(({ name }) => name).join(t.comma)}
              </p>
            </section>
          )}
          <section class="card stack">
            <h2>{t.person.devices}</h2>
            {person.devices.length === 0 && <p class="soft">{t.person.noDevices}</p>}
            <ul class="stack">
              {person.devices.map(({ deviceId, label, lastContactAt }) => (
                <li class="row between" key={deviceId}>
                  <span>
                    {label}{' '}
                    <span class="soft small">
                      {t.person.lastContact(ago(lastContactAt, locale))}
                    </span>
                  </span>
                  {mayChange && (
                    <button
                      type="button"
                      class="button plain slim"
                      onClick={() => setAsking({ kind: 'removeDevice', deviceId, label })}
                    >
                      {t.person.removeDevice}
                    </button>
                  )}
                </li>
              ))}
            </ul>
          </section>
          <section class="card stack">
            <h2>{t.person.signIns}</h2>
            {person.signIns.length === 0 && <p class="soft">{t.person.noSignIns}</p>}
            <ul>
              {person.signIns.map((each) => (
                <li key={`${each.at}${each.channel}`}>
                  {at(each.at)} <span class="soft">{t.person.channels[each.channel]}</span>
                </li>
              ))}
            </ul>
          </section>
          {may(self.roles, 'deletePerson') && !deletion && (
            <section class="card stack">
              <h2>{t.person.data}</h2>
              <div class="row">
                <button
                  type="button"
                  class="button plain"
                  onClick={() => setAsking({ kind: 'deletePerson', taskId: newId() })}
                >
                  {t.person.delete}
                </button>
              </div>
            </section>
          )}
        </div>
      </div>
      {asking && (
        <Confirm
          route={asking.kind}
          said={(reason) => ({
            params: {
              personId,
              ...(asking.kind === 'removeDevice' && { deviceId: asking.deviceId }),
            },
            body: { ...(asking.kind === 'deletePerson' && { taskId: asking.taskId }), reason },
          })}
          title={words(t)[asking.kind].title}
          text={
            asking.kind === 'removeDevice'
              ? t.person.removeSure(asking.label)
              : words(t)[asking.kind].text
          }
          danger={['lockCard', 'resetPassword', 'deletePerson'].includes(asking.kind)}
          onClose={() => setAsking(undefined)}
          onDone={async () => {
            setAsking(undefined)
            await onChange()
            setDone(asking.kind === 'deletePerson' ? t.person.deleteAsked : t.person.done)
          }}
        />
      )}
    </>
  )
}

function Deletion({ of: { state, at: when, by, keptUntil } }: { of: Deleting }) {
  const { self, t } = useHere()
  if (state === 'done') {
    return (
      <p class="said warn">
        {t.person.deleted(at(when))} {keptUntil && t.person.sealed(day(keptUntil))}
      </p>
    )
  }
  return (
    <p class="said warn">
      {t.person.deleteWaits(by ?? '', at(when))}{' '}
      {may(self.roles, 'deletePerson') && <a href="#/tasks">{t.tasks.title}</a>}
    </p>
  )
}

const words = (t: ReturnType<typeof useHere>['t']) => ({
  lockCard: { title: t.person.lock, text: t.person.lockSure },
  unlockCard: { title: t.person.unlock, text: t.person.unlockSure },
  resetPassword: { title: t.person.resetPassword, text: t.person.resetSure },
  removeDevice: { title: t.person.removeDevice, text: '' },
  endWechat: { title: t.person.endWechat, text: t.person.endWechatSure },
  deletePerson: {
    title: t.person.delete,
    text: (
      <>
        <p>{t.person.deleteGoes}</p>
        <p>{t.person.deleteStays}</p>
        <p>{t.person.deleteBefore}</p>
        <p class="soft">{t.person.deleteSure}</p>
      </>
    ),
  },
})
