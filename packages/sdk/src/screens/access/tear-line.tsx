import { useMemo } from 'preact/hooks'
import { useView } from '../view.ts'

/** The tear line, which runs out as the code does. */
export function TearLine({
  shown,
}: {
  shown: { from: number; until: number; serial: number } | undefined
}) {
  const { model } = useView()
  // Read once for each code: afterwards the animation keeps the time.
  const age = useMemo(() => (shown ? model.now() - shown.from : 0), [shown?.serial])
  return (
    <div class="tear" aria-hidden="true">
      {shown && (
        <i
          key={shown.serial}
          style={{
            animationDuration: `${shown.until - shown.from}ms`,
            animationDelay: `${-age}ms`,
          }}
        />
      )}
    </div>
  )
}
