import type { GridService } from '@campus-ecode/protocol/sign-ins'
import { useEffect, useState } from 'preact/hooks'
import { Icon } from '../icon.tsx'
import { ProblemLine } from '../problem/problem-line.tsx'
import { useTask } from '../use-task.ts'
import { useView } from '../view.ts'
import { serviceIcons } from './host-icon-paths.ts'
import { useHost } from './use-host.ts'

/** R36: the school's other services, each a tap away and signed in. Without any there is nothing. */
export function ServicesGrid() {
  const { model, t } = useView()
  const host = useHost()
  const online = model.online.value
  const { value, problem, loading } = host.services.value
  useEffect(() => {
    if (online) void host.loadServices()
  }, [host, online])
  if (value?.length === 0 || (!value && !loading && !problem)) return null
  return (
    <section class="panel grid" aria-label={t('grid')} aria-busy={!value && loading}>
      <h2 class="grid-title">{t('grid')}</h2>
      {value ? (
        <Services services={value} />
      ) : loading ? (
        <ul class="grid-list" aria-hidden="true">
          {[1, 2, 3, 4].map((at) => (
            <li key={at} class="service">
              <span class="service-mark bone" />
              <span class="service-name bone" />
            </li>
          ))}
        </ul>
      ) : (
        <p class="grid-line">
          {t(online ? 'gridFailed' : 'gridOffline')}
          {online && (
            <button type="button" class="plain link" onClick={() => void host.loadServices()}>
              {t('retry')}
            </button>
          )}
        </p>
      )}
    </section>
  )
}

function Services({ services }: { services: readonly GridService[] }) {
  const { model, t, locale, say } = useView()
  const host = useHost()
  const task = useTask()
  const [opening, setOpening] = useState('')
  const online = model.online.value
  return (
    <>
      <ul class="grid-list">
        {services.map((service) => {
          const { serviceId, icon } = service
          const name = service.name[locale]
          return (
            <li key={serviceId}>
              <button
                type="button"
                class="plain service"
                disabled={task.busy || !online}
                aria-busy={task.busy && serviceId === opening}
                onClick={() => {
                  setOpening(serviceId)
                  say(t('gridOpening', { name }))
                  task.run(() => host.openService(service))
                }}
              >
                <span class="service-mark">
                  <Icon d={serviceIcons[icon] ?? serviceIcons.link} />
                </span>
                <span class="service-name">{name}</span>
              </button>
            </li>
          )
        })}
      </ul>
      {online ? (
        task.problem && !task.busy && <ProblemLine problem={task.problem} />
      ) : (
        <p class="grid-line">{t('gridOffline')}</p>
      )}
    </>
  )
}
