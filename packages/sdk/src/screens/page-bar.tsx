import type { ComponentChildren } from 'preact'
import { Icon } from './icon.tsx'
import { icons } from './icon-paths.ts'
import { useHeading, useView } from './view.ts'

/** The top of every screen: the way back if there is one, its heading, at most one thing to do. */
export function PageBar({ title, children }: { title: string; children?: ComponentChildren }) {
  const { t, back, canGoBack, leave } = useView()
  const out = canGoBack ? back : leave.value
  return (
    <header class="bar" part="bar">
      {out && (
        <button type="button" class="plain bar-back" aria-label={t('back')} onClick={out}>
          <Icon d={icons.back} />
        </button>
      )}
      <h1 ref={useHeading()} class="bar-title" tabIndex={-1}>
        {title}
      </h1>
      {children}
    </header>
  )
}
