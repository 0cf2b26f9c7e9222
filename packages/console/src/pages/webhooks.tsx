import { useState } from 'preact/hooks'
import { at } from '../format.ts'
import { Await, Head, Said, Table, Tag, Told, type Tone } from '../ui/parts.tsx'
import { useHere } from '../ui/session.ts'
import { useLoad, useSend } from '../ui/use-load.ts'

const tones: Record<string, Tone> = { delivered: 'good', waiting: 'warn', given_up: 'bad' }
const states = ['', 'waiting', 'delivered', 'given_up'] as const

export function Webhooks() {
  const { t } = useHere()
  const [endpoint, setEndpoint] = useState<string>()
  const [state, setState] = useState<(typeof states)[number]>('')
  const query = { ...(endpoint && { endpointId: endpoint }), ...(state && { state }) }
  const webhooks = useLoad('getWebhooks', { query }, `${endpoint} ${state}`)
  const { send, busy, problem } = useSend('replayWebhooks')
  const [done, setDone] = useState('')
  const replay = async (endpointId: string, webhookId?: string) => {
    const body = { endpointId, ...(webhookId && { webhookId }) }
    const answer = await send({ body })
    await webhooks.reload()
    setDone(answer ? t.webhooks.replayed(answer.count) : '')
  }
  return (
    <>
      <Head title={t.webhooks.title} text={t.webhooks.text} />
      <div class="stack">
        <Said problem={problem} />
        <Told text={done} />
        <Await of={webhooks}>
          {({ endpoints, deliveries }) => {
            const [first] = endpoints
            const endpointId = endpoint ?? first?.endpointId
            if (!endpointId) return <p class="none card">{t.webhooks.noEndpoints}</p>
            const chosen = endpoints.find((each) => each.endpointId === endpointId)
            return (
              <>
                <div class="card stack">
                  <div class="fields">
                    <div class="field">
                      <label htmlFor="webhook-endpoint">{t.webhooks.endpoints}</label>
                      <select
                        id="webhook-endpoint"
                        value={endpointId}
                        onChange={(event) => setEndpoint(event.currentTarget.value)}
                      >
                        {endpoints.map((each) => (
                          <option key={each.endpointId} value={each.endpointId}>
                            {(each.name ?? t.webhooks.own) +
                              t.inBrackets(
                                `${t.webhooks.waiting} ${each.waitingCount}${t.comma}${t.webhooks.givenUp} ${each.givenUpCount}`,
                              )}
                          </option>
                        ))}
                      </select>
                    </div>
                    <div class="field">
                      <label htmlFor="webhook-state">{t.webhooks.state}</label>
                      <select
                        id="webhook-state"
                        value={state}
                        onChange={(event) =>
                          setState(event.currentTarget.value as (typeof states)[number])
                        }
                      >
                        {states.map((each) => (
                          <option key={each} value={each}>
                            {each ? t.webhooks.states[each] : t.webhooks.all}
                          </option>
                        ))}
                      </select>
                    </div>
                  </div>
                  <p class="mono">{chosen?.url}</p>
                  <div class="row">
                    <button
                      type="button"
                      class="button plain"
                      disabled={busy || !chosen?.givenUpCount}
                      onClick={() => replay(endpointId)}
                    >
                      {t.webhooks.replayAll}
                    </button>
                  </div>
                </div>
                <Table
                  caption={t.webhooks.deliveries}
                  rows={deliveries}
                  keyOf={({ webhookId }) => webhookId}
                  none={t.webhooks.none}
                  columns={[
                    { label: t.webhooks.at, cell: ({ createdAt }) => at(createdAt) },
                    {
                      label: t.webhooks.type,
                      cell: ({ type }) => <span class="mono">{type}</span>,
                    },
                    {
                      label: t.webhooks.state,
                      cell: (row) => (
                        <Tag tone={tones[row.state] ?? ''}>{t.webhooks.states[row.state]}</Tag>
                      ),
                    },
                    {
                      label: t.webhooks.tries,
                      end: true,
                      cell: ({ attemptCount }) => attemptCount,
                    },
                    { label: t.webhooks.failure, cell: ({ failure }) => failure ?? '—' },
                    {
                      label: '',
                      end: true,
                      cell: ({ webhookId }) => (
                        <button
                          type="button"
                          class="button plain slim"
                          disabled={busy}
                          onClick={() => replay(endpointId, webhookId)}
                        >
                          {t.webhooks.replay}
                        </button>
                      ),
                    },
                  ]}
                />
              </>
            )
          }}
        </Await>
      </div>
    </>
  )
}
