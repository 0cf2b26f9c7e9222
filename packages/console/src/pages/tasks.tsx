import type { StaffTask } from '@campus-ecode/protocol/staff-payments'
import { useState } from 'preact/hooks'
import { at, yuan } from '../format.ts'
import { Await, Dialog, Head, Said, Table, Tag, Told } from '../ui/parts.tsx'
import { useHere } from '../ui/session.ts'
import { useLoad, useSend } from '../ui/use-load.ts'

/** What takes a second person. */
export function Tasks() {
  const { self, t } = useHere()
  const tasks = useLoad('getTasks', {})
  const { send, busy, problem, clear } = useSend('decideTask')
  const [asking, setAsking] = useState<StaffTask>()
  const [done, setDone] = useState('')
  const decide = async (taskId: string, decision: 'approve' | 'decline') => {
    const isDone = await send({ params: { taskId }, body: { decision } })
    setAsking(undefined)
    await tasks.reload()
    setDone(isDone ? t.tasks.done[decision] : '')
  }
  const name = ({ kind, amountFen, person, difference }: StaffTask) => {
    const what = amountFen === null ? undefined : yuan(amountFen)
    return `${t.tasks[kind]} ${what ?? person?.maskedName ?? difference?.reference ?? ''}`
  }
  return (
    <>
      <Head title={t.tasks.title} text={t.tasks.text} />
      <div class="stack">
        <Said problem={problem} />
        <Told text={done} />
        <Await of={tasks}>
          {({ tasks: rows }) => (
            <Table
              caption={t.tasks.title}
              rows={rows}
              keyOf={({ taskId }) => taskId}
              none={t.tasks.none}
              columns={[
                {
                  label: t.tasks.what,
                  cell: (task) => (
                    <>
                      <strong>{name(task)}</strong>
                      {task.payment && (
                        <span class="small">
                          <a href={`#/payments/${task.payment.paymentId}`}>
                            {task.payment.merchantName} {task.payment.payer?.maskedName}
                          </a>
                        </span>
                      )}
                      {task.person && (
                        <span class="small">
                          {task.person.maskedCardNo}{' '}
                          <a href={`#/people/${task.person.personId}`}>{t.payment.personPage}</a>
                        </span>
                      )}
                      {task.difference && (
                        <span class="small soft">
                          {t.port[task.difference.port]} {task.difference.sinceDay}
                        </span>
                      )}
                      <span class="soft small">
                        {t.reason + t.colon}
                        {task.reason}
                      </span>
                    </>
                  ),
                },
                {
                  label: t.tasks.asked,
                  cell: ({ askedBy, askedAt }) => (
                    <>
                      {askedBy.displayName} <span class="soft small">{at(askedAt)}</span>
                    </>
                  ),
                },
                {
                  label: t.tasks.state,
                  cell: (task) => (
                    <>
                      <Tag
                        tone={
                          task.state === 'waiting'
                            ? 'warn'
                            : task.state === 'approved'
                              ? 'good'
                              : ''
                        }
                      >
                        {t.tasks[task.state]}
                      </Tag>
                      {task.decidedBy && (
                        <span class="soft small">
                          {task.decidedBy} {task.decidedAt && at(task.decidedAt)}
                        </span>
                      )}
                    </>
                  ),
                },
                {
                  label: '',
                  end: true,
                  cell: (task) =>
                    task.state === 'waiting' && (
                      <div class="actions">
                        {task.askedBy.staffId === self.staffId ? (
                          <>
                            <span class="soft small">{t.tasks.own}</span>
                            <button
                              type="button"
                              class="button plain slim"
                              disabled={busy}
                              onClick={() => decide(task.taskId, 'decline')}
                            >
                              {t.tasks.withdraw}
                            </button>
                          </>
                        ) : (
                          <>
                            <button
                              type="button"
                              class="button plain slim"
                              disabled={busy}
                              onClick={() => decide(task.taskId, 'decline')}
                            >
                              {t.tasks.decline}
                            </button>
                            <button
                              type="button"
                              class="button slim"
                              disabled={busy}
                              onClick={() => {
                                clear()
                                setAsking(task)
                              }}
                            >
                              {t.tasks.approve}
                            </button>
                          </>
                        )}
                      </div>
                    ),
                },
              ]}
            />
          )}
        </Await>
      </div>
      {asking && (
        <Dialog title={t.tasks.approve} onClose={() => setAsking(undefined)}>
          <p>{t.tasks.sure(name(asking))}</p>
          {asking.kind === 'delete_person' && <p>{t.person.deleteStays}</p>}
          <p class="soft">
            {t.reason + t.colon}
            {asking.reason}
          </p>
          <div class="actions">
            <button type="button" class="button plain" onClick={() => setAsking(undefined)}>
              {t.cancel}
            </button>
            <button
              type="button"
              class={`button ${asking.kind === 'delete_person' ? 'danger' : ''}`}
              disabled={busy}
              onClick={() => decide(asking.taskId, 'approve')}
            >
              {t.tasks.approve}
            </button>
          </div>
        </Dialog>
      )}
    </>
  )
}
