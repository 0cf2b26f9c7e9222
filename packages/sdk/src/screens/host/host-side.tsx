import { useEffect, useRef, useState } from 'preact/hooks'
import type { HostEvent } from '../../host/host-bridge.ts'
import type { StringKey } from '../../strings/zh-cn.ts'
import { type ScreenName, screenNames } from '../options.ts'
import { useChanges } from '../use-cell.ts'
import { useView } from '../view.ts'
import { BrightnessHint } from './brightness-hint.tsx'
import { useHost } from './use-host.ts'
import { useLinger, useSwitched } from './use-switched.ts'

/** How long a calm line stands. */
const SAID_MS = 6_000

/** Drawings of the widget on this page; the newest is in front, the cashier for one. */
const sides: object[] = []

/** What stands between the screens and the host: what they want of it, and what it tells them. */
export function HostSide() {
  const view = useView()
  const { model, host: given, t, say, leave } = view
  const hostModel = useHost()
  const host = hostModel.host.value
  const wallet = model.wallet.value
  const access = model.access.value
  useChanges([
    model.pay,
    model.enrolment,
    ...(wallet ? [wallet.keypad] : []),
    ...(access ? [access.code, access.identity] : []),
  ])
  const paying = model.pay.value.kind === 'code'
  const identifying = access?.identity.value.kind === 'code'
  const coded = paying || identifying || access?.code.value.kind === 'code'
  const keyed = wallet?.keypad.value !== undefined
  const hidden = [model.pay.value, access?.code.value, access?.identity.value].some(
    (state) => state?.kind === 'hidden',
  )
  const [said, setSaid] = useState<StringKey>()

  useEffect(() => void hostModel.open(given), [hostModel])

  const bright = useLinger(coded, !hidden)
  useSwitched(host, 'brightness', bright, { level: 1 }, { level: null })
  useSwitched(host, 'keepAwake', bright, { on: true }, { on: false })
  useSwitched(host, 'captureGuard', bright || keyed, { on: true }, { on: false })

  const isCashier = (view.screens as readonly string[]).includes('cashier')
  const show = (screen: ScreenName) => {
    if (isCashier || keyed) return
    // There already, in whatever state.
    if (screen === 'pay' && !['loading', 'hidden'].includes(model.pay.value.kind)) return
    if (screen === 'pay' || view.screens.includes(screen)) view.go({ name: screen })
  }
  const closes = host?.kind === 'native' && host.can('close') && !isCashier
  const close = () => void host?.call('close').catch(() => {})
  useEffect(() => {
    if (!closes) return
    leave.value = close
    return () => {
      leave.value = undefined
    }
  }, [closes, host])

  const hear = useRef<Record<HostEvent, (detail?: unknown) => void>>(undefined)
  hear.current = {
    // The page itself is told of these, by the model.
    pause() {},
    resume() {},
    capture() {
      if (!paying && !identifying) return
      if (paying) model.refreshCode()
      else access?.refreshIdentity()
      const key = paying ? 'captured' : 'capturedIdentity'
      setSaid(key)
      say(t(key))
    },
    shake() {
      if (!hostModel.shakes.value) return
      navigator.vibrate?.(40)
      show('pay')
    },
    back() {
      if (keyed) wallet?.cancelKeypad()
      else if (view.canGoBack) view.back()
      else leave.value?.()
    },
    shortcut(detail) {
      const { screen } = Object(detail)
      if (screenNames.includes(screen)) show(screen)
    },
  }
  const [side] = useState({})
  useEffect(() => {
    sides.push(side)
    return () => void sides.splice(sides.indexOf(side), 1)
  }, [side])
  useEffect(() => {
    if (!host) return
    const stops = (['capture', 'shake', 'back', 'shortcut'] as const).map((event) =>
      host.on(event, (detail) => {
        if (sides[sides.length - 1] === side) hear.current?.[event](detail)
      }),
    )
    return () => {
      for (const stop of stops) stop()
    }
  }, [host, side])

  useEffect(() => {
    if (!said) return
    const timer = setTimeout(() => setSaid(undefined), SAID_MS)
    return () => clearTimeout(timer)
  }, [said])
  if (said) return <p class="host-said">{t(said)}</p>
  // One thing at a time: the way to codes without a network stands in the same place.
  const hints = paying && hostModel.hint.value && model.enrolment.value.kind !== 'offered'
  return hints ? <BrightnessHint /> : null
}
