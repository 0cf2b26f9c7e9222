import { useEffect, useRef } from 'preact/hooks'
import { useView } from '../view.ts'

/** So far below the edge the next page is begun. */
const AHEAD = '800px'

/** The way to the next page: taken by itself when it comes near, and a button for who cannot scroll. */
export function Further({ failed }: { failed: boolean }) {
  const { model, t } = useView()
  const { loading, value } = model.bill.value
  const button = useRef<HTMLButtonElement>(null)
  const count = value?.entries.length
  useEffect(() => {
    const element = button.current
    // Safari 12.1 has observers and is below the floor; some WebViews have had theirs taken away. After
    // a failure the person asks, not the page.
    if (!element || loading || failed || typeof IntersectionObserver !== 'function') return
    const observer = new IntersectionObserver(
      (seen) => {
        if (seen.some((each) => each.isIntersecting)) model.moreBill()
      },
      { root: element.closest('.screen'), rootMargin: `${AHEAD} 0px` },
    )
    observer.observe(element)
    return () => observer.disconnect()
  }, [model, loading, failed, count])
  return (
    <button
      ref={button}
      type="button"
      class="button quiet"
      part="button"
      disabled={loading}
      onClick={() => model.moreBill()}
    >
      {t(loading ? 'billLoading' : 'billMore')}
    </button>
  )
}
