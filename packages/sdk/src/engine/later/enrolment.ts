import { generateAgreementKey } from '@campus-ecode/protocol/one-time'
import type { EnrolmentProof, EnrolmentState } from '../../model.ts'
import type { Trouble } from '../answer.ts'
import { toBase64Url } from '../base64url.ts'
import type { StoredDevice, StoredEnrolment } from '../device-store.ts'
import type { Basis } from '../engine.ts'
import { nameDevice } from '../name-device.ts'
import { storeDevice } from './store-device.ts'

/** Makes this phone's key and has it approved by an SMS code, or by the payment password (R16). */
export interface Enrolment {
  /** Sends the SMS; again while one is awaited. */
  start(): Promise<void>
  confirm(proof: EnrolmentProof): Promise<void>
  dismiss(): void
}

export function createEnrolment({ clock, api, store, keeper, enrolment }: Basis): Enrolment {
  const state = enrolment
  let waiting: StoredEnrolment | undefined

  function follow() {
    const { kind } = state.value
    if (!keeper.device.value) {
      if (kind === 'none' || kind === 'done') state.value = offer()
    } else if (kind !== 'done') state.value = { kind: 'none', canEnrol: true }
  }

  void keeper.ready.then(() => {
    const { waiting: found } = keeper
    if (found && found.expiresAt > clock.now()) {
      waiting = found
      state.value = sent(found)
    }
    follow()
    keeper.device.subscribe(follow)
  })

  function offer(): EnrolmentState {
    const canEnrol = keeper.storageWorks && typeof crypto === 'object' && Boolean(crypto.subtle)
    return canEnrol ? { kind: 'offered' } : { kind: 'none', canEnrol }
  }

  function sent(enrolment: StoredEnrolment, problem?: Trouble): EnrolmentState {
    const { enrolmentId, phoneTail, resendAt } = enrolment
    const rest = problem && { problem }
    return phoneTail === null
      ? { kind: 'password', enrolmentId, ...rest }
      : { kind: 'sent', phoneTail, resendAt, ...rest }
  }

  async function makeKey(): Promise<{ privateKey: CryptoKey; publicKey: string } | undefined> {
    try {
      const { privateKey, publicKey } = await generateAgreementKey()
      // Some WebViews cannot keep keys: better found out before an SMS is sent.
      const probe: StoredEnrolment = {
        kind: 'enrolment',
        privateKey,
        enrolmentId: '',
        phoneTail: '',
        resendAt: 0,
        expiresAt: 0,
      }
      await storeDevice(store, probe)
      const point = await crypto.subtle.exportKey('raw', publicKey)
      return { privateKey, publicKey: toBase64Url(point) }
    } catch {
      return undefined
    }
  }

  return {
    async start() {
      const { kind } = state.value
      if (kind === 'sending' || kind === 'confirming' || keeper.device.value) return
      state.value = { kind: 'sending' }
      const key = await makeKey()
      if (!key) {
        state.value = { kind: 'none', canEnrol: false }
        return
      }
      const { privateKey, publicKey } = key
      const answer = await api.call('startEnrolment', { body: { publicKey, label: nameDevice() } })
      if (!answer.ok) {
        // An earlier SMS may still be on its way, and its code stays good.
        if (waiting) await storeDevice(store, waiting).catch(() => {})
        state.value = waiting
          ? sent(waiting, answer.trouble)
          : { kind: 'failed', problem: answer.trouble }
        return
      }
      const { enrolmentId, phoneTail, expiresAt, resendAfterSeconds } = answer.value
      waiting = {
        kind: 'enrolment',
        privateKey,
        enrolmentId,
        phoneTail,
        resendAt: clock.now() + resendAfterSeconds * 1000,
        expiresAt: Date.parse(expiresAt),
      }
      // Lost if it cannot be kept: then this page must stay open until the code has come.
      await storeDevice(store, waiting).catch(() => {})
      state.value = sent(waiting)
    },
    async confirm(proof) {
      const { kind } = state.value
      if (!waiting || (kind !== 'sent' && kind !== 'password')) return
      const { privateKey, enrolmentId, phoneTail } = waiting
      state.value = { kind: 'confirming', phoneTail }
      const answer = await api.call('confirmEnrolment', { enrolmentId, body: proof })
      if (!answer.ok) {
        const { code } = answer.trouble
        const over = code !== 'SMS_CODE_WRONG' && answer.trouble.status > 0
        // Whatever ended this one, another SMS may be asked for at once.
        if (over) waiting = { ...waiting, resendAt: clock.now() }
        state.value = sent(waiting, answer.trouble)
        return
      }
      const { deviceId, corePublicKey, grant, offlineCaps, serverTime } = answer.value
      waiting = undefined
      state.value = { kind: 'done' }
      const device: StoredDevice = {
        kind: 'device',
        deviceId,
        privateKey,
        corePublicKey,
        grant,
        offlineCaps,
        contactAt: Date.parse(serverTime),
        clockOffsetMs: clock.offsetMs,
      }
      // If it cannot be kept, it serves as long as the page is open. Kept first, because details are
      // added to what is kept as soon as the device is known.
      await storeDevice(store, device).catch(() => {})
      keeper.device.value = device
    },
    dismiss() {
      const { kind } = state.value
      if (kind === 'sending' || kind === 'confirming') return
      const awaited = kind === 'sent' || kind === 'password'
      if (awaited) void store.remove().catch(() => {})
      waiting = undefined
      const back = awaited || kind === 'failed'
      state.value = back ? offer() : { kind: 'none', canEnrol: true }
    },
  }
}
