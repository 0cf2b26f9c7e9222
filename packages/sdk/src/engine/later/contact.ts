import { CONTACT_SECONDS } from '@campus-ecode/protocol/code-rules'
import type { OfflineCaps } from '@campus-ecode/protocol/devices'
import type { Basis } from '../engine.ts'
import { changeStored } from './store-device.ts'

/** The caps begin ten minutes after the last contact; half of that leaves room for a failure. */
const EVERY_MS = (CONTACT_SECONDS * 1000) / 2
const AGAIN_MS = 15_000
/** So long a contact may be under way, after one that got through, before the caps are shown. */
const PATIENCE_MS = 3_000

/** Signs of life of an enrolled phone; each may bring a new grant. */
export interface Contact {
  /** Makes contact now, and every five minutes until the returned function is called. */
  keep(): () => void
  /** Makes contact soon, because the core refused something that contact heals. */
  hurry(): void
  /** What a code may pay at most, while the core has not been reached for ten minutes. */
  caps(): OfflineCaps | undefined
}

/** @param onChange Called when the caps may have begun or ended. */
export function createContact(basis: Basis, onChange: () => void): Contact {
  const { page, clock, api, store, keeper, card } = basis
  const { device } = keeper
  let underWay: Promise<void> | undefined
  let patient = false
  let failed = false
  let attempt: (() => void) | undefined

  async function make() {
    await keeper.ready
    if (!device.value) return
    // Another tab may have got a newer grant, or signed out.
    const stored = await store.read().catch(() => device.value)
    if (stored?.kind !== 'device') {
      device.value = undefined
      return
    }
    const { deviceId, grant } = stored
    if (grant.grantId !== device.value?.grant.grantId) device.value = stored
    const sentAt = Date.now()
    const answer = await api.call('contactDevice', { deviceId, body: { grantId: grant.grantId } })
    failed = !answer.ok
    if (!answer.ok) {
      const { code } = answer.trouble
      if (code === 'DEVICE_UNKNOWN' || code === 'DEVICE_REMOVED') await keeper.forget()
      if (code === 'CARD_LOCKED') void card.load()
      return
    }
    const { serverTime, offlineCaps } = answer.value
    clock.observe(Date.parse(serverTime), sentAt, Date.now(), 1)
    const seen = { offlineCaps, contactAt: clock.now(), clockOffsetMs: clock.offsetMs }
    const changes = answer.value.grant ? { ...seen, grant: answer.value.grant } : seen
    // A grant that could not be kept would be lost with the page, while its use ends the old one.
    const kept = await changeStored(store, deviceId, changes).then(
      () => changes,
      () => seen,
    )
    if (device.value?.deviceId === deviceId) device.value = { ...device.value, ...kept }
  }

  return {
    keep() {
      let timer: ReturnType<typeof setTimeout> | undefined
      let stopped = false
      attempt = async () => {
        clearTimeout(timer)
        patient = !failed
        timer = setTimeout(() => {
          patient = false
          onChange()
        }, PATIENCE_MS)
        underWay ??= make().then(() => {
          underWay = undefined
        })
        await underWay
        if (stopped) return
        clearTimeout(timer)
        patient = false
        onChange()
        timer = setTimeout(() => attempt?.(), failed ? AGAIN_MS : EVERY_MS)
      }
      const stopListening = page.online.subscribe(() => {
        if (page.online.value && failed) attempt?.()
      })
      attempt()
      return () => {
        stopped = true
        attempt = undefined
        clearTimeout(timer)
        stopListening()
      }
    },
    hurry() {
      attempt?.()
    },
    caps() {
      const current = device.value
      if (!current || clock.now() - current.contactAt <= CONTACT_SECONDS * 1000) return undefined
      // Overdue without having failed: the machine has slept.
      if (!failed && !underWay) attempt?.()
      return patient ? undefined : current.offlineCaps
    },
  }
}
