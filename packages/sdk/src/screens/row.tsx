import type { ComponentChildren } from 'preact'
import { Icon } from './icon.tsx'
import { moreIcons } from './more-icon-paths.ts'
import { type Route, useView } from './view.ts'

/** Rows of one kind, in a panel. */
export function Rows({ title, children }: { title?: string; children: ComponentChildren }) {
  return (
    <section>
      {title && <h2 class="day-title">{title}</h2>}
      <ul class="panel rows">{children}</ul>
    </section>
  )
}

/** The way to a page, with how things stand there. */
export function Row({
  icon,
  label,
  value,
  urgent = false,
  route,
}: {
  icon: string
  label: string
  value?: string | undefined
  urgent?: boolean
  route: Route
}) {
  const { go } = useView()
  return (
    <li>
      <button type="button" class="plain way" onClick={() => go(route)}>
        <Icon d={icon} />
        <span class="way-label">{label}</span>
        {value && <span class={urgent ? 'way-value urgent' : 'way-value'}>{value}</span>}
        <Icon d={moreIcons.next} />
      </button>
    </li>
  )
}
