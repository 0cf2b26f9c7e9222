import { generateAgreementKey } from '@campus-ecode/protocol/one-time'
import { effect, type Signal, signal } from '@preact/signals'
import type { EnrolmentState } from '../model.ts'
import type { Trouble } from './answer.ts'
import type { Api } from './api.ts'
import { toBase64Url } from './base64url.ts'
import type { ServerClock } from './clock.ts'
import type { DeviceKeeper } from './device-keeper.ts'
import type { DeviceStore, StoredEnrolment } from './device-store.ts'

/** Makes this phone's key and has it approved by an SMS code. */
export interface Enrolment {
  readonly state: Signal<EnrolmentState>
  /** Sends the SMS; again while one is awaited. */
  start(): Promise<void>
  confirm(smsCode: string): Promise<void>
  dismiss(): void
  stop(): void
}

export function createEnrolment(
  store: DeviceStore,
  keeper: DeviceKeeper,
  api: Api,
  clock: ServerClock,
): Enrolment {
  const state = signal<EnrolmentState>({ kind: 'none', canEnrol: false })
  let waiting: StoredEnrolment | undefined
  let stopWatching = () => {}

  void keeper.ready.then(() => {
    waiting = keeper.waiting
    if (waiting) state.value = sent(waiting)
    stopWatching = effect(() => {
      const enrolled = keeper.device.value !== undefined
      const { kind } = state.peek()
      if (enrolled && kind !== 'done') state.value = { kind: 'none', canEnrol: true }
      if (!enrolled && (kind === 'none' || kind === 'done')) state.value = offer()
    })
  })

  function offer(): EnrolmentState {
    const canEnrol = keeper.storageWorks && typeof crypto === 'object' && Boolean(crypto.subtle)
    return canEnrol ? { kind: 'offered' } : { kind: 'none', canEnrol }
  }

  function sent(enrolment: StoredEnrolment, problem?: Trouble): EnrolmentState {
    const { phoneTail, resendAt } = enrolment
    return { kind: 'sent', phoneTail, resendAt, ...(problem && { problem }) }
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
      await store.write(probe)
      const point = await crypto.subtle.exportKey('raw', publicKey)
      return { privateKey, publicKey: toBase64Url(point) }
    } catch {
      return undefined
    }
  }

  return {
    state,
    async start() {
      const { kind } = state.peek()
      if (kind === 'sending' || kind === 'confirming' || keeper.device.peek()) return
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
        if (waiting) await store.write(waiting).catch(() => {})
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
      await store.write(waiting).catch(() => {})
      state.value = sent(waiting)
    },
    async confirm(smsCode) {
      if (!waiting || state.peek().kind !== 'sent') return
      const { privateKey, enrolmentId, phoneTail } = waiting
      state.value = { kind: 'confirming', phoneTail }
      const answer = await api.call('confirmEnrolment', { enrolmentId, body: { smsCode } })
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
      await keeper.adopt({
        kind: 'device',
        deviceId,
        privateKey,
        corePublicKey,
        grant,
        offlineCaps,
        contactAt: Date.parse(serverTime),
        clockOffsetMs: clock.offsetMs,
      })
    },
    dismiss() {
      const { kind } = state.peek()
      if (kind === 'sending' || kind === 'confirming') return
      if (kind === 'sent') void store.remove().catch(() => {})
      waiting = undefined
      const back = kind === 'sent' || kind === 'failed'
      state.value = back ? offer() : { kind: 'none', canEnrol: true }
    },
    stop: () => stopWatching(),
  }
}

/** What the person will recognise in the list of their phones. */
function nameDevice(): string {
  const agent = navigator.userAgent
  const [system = 'Web'] = /iPhone|iPad|HarmonyOS|Android|Windows|Macintosh/.exec(agent) ?? []
  const host = /MicroMessenger/.test(agent) ? '微信' : location.hostname
  return `${system} · ${host}`.slice(0, 60)
}
