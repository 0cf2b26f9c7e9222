import { useEffect, useMemo, useRef } from 'preact/hooks'
import type { Model } from '../model.ts'
import type { WidgetOptions } from '../options.ts'
import type { DrawQr } from '../qr.ts'
import { makeTranslate } from '../strings/translate.ts'
import { type AllStrings, zhCn } from '../strings/zh-cn.ts'
import type { Chunks } from './chunks.ts'
import { Icon } from './icon.tsx'
import { icons } from './icon-paths.ts'
import { Later } from './later.tsx'
import type { More } from './more.tsx'
import { firstScreen, type ScreenName, screenNames } from './options.ts'
import { PayScreen } from './pay/pay-screen.tsx'
import { useCell, useChanges } from './use-cell.ts'
import { useShape } from './use-shape.ts'
import { useTheme } from './use-theme.ts'
import { type Route, type View, ViewContext } from './view.ts'

/** The whole widget below its shadow root: the screens, their tabs, and what is spoken. */
export function App({
  model,
  options,
  chunks,
}: {
  model: Model
  options: WidgetOptions
  chunks: Chunks
}) {
  const { screen, locale = 'zh-CN', theme, texts, onScreen, host } = options
  const screens = options.screens ?? (screen ? [screen] : screenNames)
  const first = firstScreen(options)
  const stack = useCell<Route[]>(begin(first, screens, model))
  const spoken = useCell('')
  const more = useCell<More | undefined>(undefined)
  const moreFailed = useCell(false)
  const drawQr = useCell<DrawQr | undefined>(undefined)
  const english = useCell<Partial<AllStrings> | undefined>(undefined)
  const parts = useCell<View['parts']['value']>({})
  const leave = useCell<View['leave']['value']>(undefined)
  const moved = useRef(false)
  const root = useRef<HTMLDivElement>(null)
  useChanges([
    model.session,
    model.online,
    model.card,
    model.accounts,
    model.pay,
    model.enrolment,
    model.bill,
  ])
  useShape(root)
  const dark = useTheme(root, theme, model.card.value.value?.school.accent)

  useEffect(() => {
    if (stack.value[0]?.name !== first) stack.value = begin(first, screens, model)
  }, [first, stack])

  const tab = stack.value[0]?.name as ScreenName
  useEffect(() => onScreen?.(tab), [tab])

  useEffect(() => {
    if (locale !== 'en' || english.value) return
    // Chinese is better than nothing when English cannot be fetched.
    chunks.english().then(
      (strings) => {
        english.value = strings
      },
      () => {
        english.value = {}
      },
    )
  }, [locale, chunks, english])

  // Each code asks again until the part has come.
  const pay = model.pay.value
  const digits = pay.kind === 'code' && pay.digits
  useEffect(() => {
    if (drawQr.value) return
    chunks.qr().then(
      (draw) => {
        drawQr.value = draw
      },
      () => {},
    )
  }, [digits, chunks, drawQr])

  const fetchMore = useMemo(() => {
    let fetching = false
    return () => {
      if (fetching || more.value) return
      fetching = true
      moreFailed.value = false
      const settle = (loaded?: More) => {
        fetching = false
        more.value = loaded
        moreFailed.value = !loaded
      }
      chunks.more().then(settle, () => settle())
    }
  }, [chunks, more, moreFailed])

  const move = (next: Route[]) => {
    moved.current = true
    stack.value = next
  }
  // While English is on its way nothing is written, rather than Chinese first.
  const fetched = Object.values(parts.value)
  const native = [zhCn, more.value?.strings, ...fetched.map(({ screens }) => screens.strings)]
  const dictionaries =
    locale !== 'en'
      ? [texts, ...native]
      : english.value
        ? [texts, english.value, ...fetched.map(({ en }) => en), ...native]
        : [texts]
  const view: View = {
    model,
    locale,
    t: makeTranslate(...dictionaries),
    go: (route) =>
      move(screens.some((name) => name === route.name) ? [route] : [...stack.value, route]),
    back: () => move(stack.value.slice(0, -1)),
    canGoBack: stack.value.length > 1,
    leave,
    moved: moved.current,
    say(text) {
      // The same words again are only heard if they differ.
      spoken.value = spoken.value === text ? `${text}\u00a0` : text
    },
    more,
    moreFailed,
    drawQr,
    fetchMore,
    chunks,
    host,
    screens,
    parts,
  }
  const { t } = view
  const route = stack.value[stack.value.length - 1] ?? { name: first }
  const classes = ['root', route.name === 'pay' && 'hero', dark && 'dark', theme?.care && 'care']

  return (
    <ViewContext.Provider value={view}>
      <div ref={root} class={classes.filter(Boolean).join(' ')} lang={locale}>
        <section class="column" part="column" aria-label={t('label')}>
          <div class="screen" part="screen" key={JSON.stringify(route)}>
            <Screen route={route} />
          </div>
          {screens.length > 1 && (
            <nav class="tabs" part="tabs" aria-label={t('tabs')}>
              {screens.map((name) => (
                <button
                  key={name}
                  type="button"
                  class="tab"
                  part="tab"
                  aria-current={name === tab ? 'page' : undefined}
                  onClick={() => view.go({ name })}
                >
                  <Icon d={icons[name]} />
                  {t(`tab_${name}`)}
                </button>
              ))}
            </nav>
          )}
          <p class="spoken" role="status">
            {spoken.value}
          </p>
          {more.value && <more.value.Beside />}
        </section>
      </div>
    </ViewContext.Provider>
  )
}

/** Back from the keypad at top level, the wallet goes on where it was left. */
function begin(first: ScreenName, screens: readonly ScreenName[], model: Model): Route[] {
  const wallet: Route = { name: 'wallet' }
  if (!model.returned) return [{ name: first }]
  return screens.includes('wallet') ? [wallet] : [{ name: first }, wallet]
}

function Screen({ route }: { route: Route }) {
  if (route.name === 'pay') return <PayScreen />
  return <Later>{({ OtherScreen }) => <OtherScreen route={route} />}</Later>
}
