import { formatYuan } from '@campus-ecode/protocol/money'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import type { ShownCode } from '../../model.ts'
import { Icon } from '../icon.tsx'
import { icons } from '../icon-paths.ts'
import { useView } from '../view.ts'

/** The tear line, which runs out as the code does, and what there is to know of the code. */
export function CodeFoot({ code }: { code: ShownCode | undefined }) {
  const { model, t, say } = useView()
  const online = model.online.value
  const serial = code?.serial
  const told = useRef(serial)
  useEffect(() => {
    if (serial === undefined) return
    if (told.current !== undefined && told.current !== serial) say(t('codeRefreshed'))
    told.current = serial
  }, [serial])
  // Read once for each code: afterwards the animation keeps the time.
  const age = useMemo(() => (code ? model.now() - code.drawnAt : 0), [serial])
  const caps = code?.offlineCaps
  return (
    <>
      <div class="tear" aria-hidden="true">
        {code && (
          <i
            key={code.serial}
            style={{
              animationDuration: `${code.refreshAt - code.drawnAt}ms`,
              animationDelay: `${-age}ms`,
            }}
          />
        )}
      </div>
      <div class="foot">
        <p>
          {code?.revealed
            ? t('digitsWarning')
            : caps
              ? t('offlineCaps', {
                  single: formatYuan(caps.singleFen),
                  daily: formatYuan(caps.dailyFen),
                  count: caps.dailyCount,
                })
              : t(online || !code ? 'autoRefresh' : 'offlineFresh')}
        </p>
        <button
          type="button"
          class="plain refresh"
          part="refresh"
          disabled={!code}
          onClick={() => model.refreshCode()}
        >
          <Icon d={icons.refresh} />
          {t('refresh')}
        </button>
      </div>
    </>
  )
}
