import {
  DISPLAY_SECONDS,
  LIFETIME_SECONDS,
  oneTimeStep,
  STEP_SECONDS,
} from '@campus-ecode/protocol/one-time'
import type { Account } from '@campus-ecode/protocol/shapes'
import type { Answer } from './answer.ts'
import type { Api } from './api.ts'
import type { ServerClock } from './clock.ts'
import { drawDeviceCode, isGranted } from './device-code.ts'
import type { DeviceKeeper } from './device-keeper.ts'

const STEP_MS = STEP_SECONDS * 1000
const DISPLAY_MS = DISPLAY_SECONDS * 1000
const LIFETIME_MS = LIFETIME_SECONDS * 1000

/** A code with its times, all by the server's clock. */
export interface DrawnCode {
  digits: string
  source: 'device' | 'issued'
  drawnAt: number
  /** At most 50 s after `drawnAt`, ten seconds or more before the end. */
  refreshAt: number
  /** From here on it cannot pay. */
  endsAt: number
}

/** Where codes come from: this phone's own key, or the core. */
export interface CodeSource {
  /**
   * Draws without any network.
   *
   * @param fresh Other digits than those on display, where the clock allows it.
   * @returns When to try again, if the code of this moment was spent already; undefined without a
   * key and grant that work.
   */
  drawOnPhone(
    account: Account,
    revealed: boolean,
    fresh: boolean,
  ): Promise<DrawnCode | number | undefined>
  /**
   * Asks the core for a code; the person's earlier issued codes die.
   *
   * @param keepEarlier Not the one before, which may be under a scanner.
   */
  issue(account: Account, revealed: boolean, keepEarlier: boolean): Promise<Answer<DrawnCode>>
  /** Ids of the codes that were issued to this page. */
  readonly issuedIds: ReadonlySet<string>
  /** One of the phone's codes was scanned at this moment of the server's clock. */
  spend(atMs: number): void
}

export function createCodeSource(
  school: string,
  keeper: DeviceKeeper,
  api: Api,
  clock: ServerClock,
): CodeSource {
  const issuedIds = new Set<string>()
  let lastStep = 0
  /** The core takes no step up to this one any more. */
  let spentStep = 0
  let brokenDeviceId: string | undefined

  return {
    issuedIds,
    async drawOnPhone(account, revealed, fresh) {
      const device = keeper.device.value
      const drawnAt = clock.now()
      if (!device || device.deviceId === brokenDeviceId || !isGranted(device, drawnAt)) {
        return undefined
      }
      const present = oneTimeStep(drawnAt / 1000)
      // The core takes a step up to ten seconds early, so one step ahead may be drawn already.
      const ahead = present + 1
      if (spentStep >= ahead) return spentStep * STEP_MS
      const wanted = Math.max(present, spentStep + 1, fresh ? lastStep + 1 : 0)
      const step = Math.min(wanted, ahead)
      try {
        const digits = await drawDeviceCode(device, school, account, revealed, step)
        lastStep = step
        return {
          digits,
          source: 'device',
          drawnAt,
          refreshAt: Math.min(drawnAt, step * STEP_MS) + DISPLAY_MS,
          endsAt: step * STEP_MS + LIFETIME_MS,
        }
      } catch {
        // A key that came back from the storage useless; the core's codes still work.
        brokenDeviceId = device.deviceId
        return undefined
      }
    },
    async issue(account, revealed, keepEarlier) {
      const answer = await api.call('issueCode', { body: { account, revealed, keepEarlier } })
      if (!answer.ok) return answer
      const { code, codeId, expiresAt } = answer.value
      issuedIds.add(codeId)
      const drawnAt = clock.now()
      const endsAt = Date.parse(expiresAt)
      const refreshAt = Math.min(drawnAt + DISPLAY_MS, endsAt - LIFETIME_MS + DISPLAY_MS)
      return { ok: true, value: { digits: code, source: 'issued', drawnAt, refreshAt, endsAt } }
    },
    spend(atMs) {
      // Paid, it is the present step that is spent; refused, the one that was shown.
      const present = oneTimeStep(atMs / 1000)
      spentStep = Math.max(spentStep, present, Math.min(lastStep, present + 1))
    },
  }
}
