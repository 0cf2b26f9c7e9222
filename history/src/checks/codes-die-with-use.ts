import { type AcceptedCode, listAcceptedCodes } from '../accepted-codes.ts'
import type { Problem } from '../finding.ts'
import { greatestBefore } from '../greatest-before.ts'
import { groupBy } from '../group-by.ts'
import type { History } from '../read-history.ts'

const STEP_MS = 10_000

/**
 * R18: a phone's steps are only ever used upwards, whichever account they were for, and after a
 * success the codes that were on display with it are dead too.
 */
export function codesDieWithUse(history: History): Problem[] {
  const cores = [...new Set([...history.calls.values()].map(({ send }) => send.core))]
  const accepted = listAcceptedCodes(history)
  const devices = groupBy(
    accepted.flatMap((one) => toDeviceCode(history, cores, one)),
    ({ deviceId }) => deviceId,
  )
  const people = groupBy(accepted, ({ code }) =>
    code.madeBy.kind === 'issued' ? code.personId : undefined,
  )
  return [
    ...[...devices.values()].flatMap(judgeDevice),
    ...[...people.values()].flatMap((codes) => judgeIssued(history, codes)),
  ]
}

interface DeviceCode extends AcceptedCode {
  deviceId: string
  step: number
  /** Of the moment when its payment succeeded, at the earliest and by the slowest clock. */
  presentStep: number
}

function toDeviceCode({ clocks }: History, cores: string[], one: AcceptedCode): DeviceCode[] {
  const { code, payingCall, row } = one
  if (code.madeBy.kind !== 'device') return []
  const firstMs = payingCall?.send.atMs ?? -Infinity
  const untilMs = row.paid_at === null ? firstMs : Date.parse(row.paid_at)
  const ahead = cores.map((core) => clocks.aheadMs(core, firstMs, untilMs).least)
  const presentStep = Math.floor((firstMs + Math.min(...ahead)) / STEP_MS)
  return [{ ...one, deviceId: code.madeBy.deviceId, step: code.madeBy.step, presentStep }]
}

function judgeDevice(codes: DeviceCode[]): Problem[] {
  const stepOf = ({ step }: DeviceCode) => step
  // Payments of one wallet stand in a row. Of others one was surely later if it was brought when
  // the other one was known.
  const inWallet = greatestBefore(codes, ({ version = Infinity }) => version, stepOf)
  const known = greatestBefore(codes, ({ knownAt }) => knownAt, stepOf)
  const paid = greatestBefore(
    codes,
    ({ paidAt }) => paidAt,
    ({ presentStep }) => presentStep,
  )
  return codes.flatMap((later) => {
    const { step, broughtAt, version } = later
    const before = [version === undefined ? undefined : inWallet(version), known(broughtAt)]
    const used = before.find((earlier) => earlier && earlier.step >= step)
    if (used) return told(used, later, `step ${step} of a phone was taken after step ${used.step}`)
    const shown = paid(broughtAt)
    return shown && shown.presentStep >= step
      ? told(
          shown,
          later,
          `step ${step} of a phone was on display during a payment, and taken after`,
        )
      : []
  })
}

function judgeIssued({ codePlaces }: History, codes: AcceptedCode[]): Problem[] {
  const paid = greatestBefore(
    codes,
    ({ paidAt }) => paidAt,
    ({ payingCall }) => payingCall?.sentAt ?? -Infinity,
  )
  return codes.flatMap((later) => {
    const earlier = paid(later.broughtAt)
    const madeAt = codePlaces.get(later.code.code) ?? Infinity
    return earlier?.payingCall && madeAt < earlier.payingCall.sentAt
      ? told(earlier, later, 'an issued code was on display during a payment, and taken after')
      : []
  })
}

function told(earlier: AcceptedCode, later: AcceptedCode, what: string): Problem[] {
  const both = [earlier, later]
  const orders = both.map(({ order }) => order.key)
  return [{ what, about: { orders, codes: both.map(({ code }) => code.code) } }]
}
