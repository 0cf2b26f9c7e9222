import { aliasEpoch } from '@campus-ecode/protocol/alias-epoch'
import {
  deriveOneTimeKey,
  drawOneTimePart,
  oneTimeInfo,
  STEP_SECONDS,
} from '@campus-ecode/protocol/one-time'
import { type DeviceMode, deviceMode, formatDeviceCode } from '@campus-ecode/protocol/payment-code'
import type { Account } from '@campus-ecode/protocol/shapes'
import { fromBase64Url } from './base64url.ts'
import type { StoredDevice } from './device-store.ts'

/** Derived keys by grant and mode, for as long as the private key's object lives. */
const derived = new WeakMap<CryptoKey, Map<string, Promise<CryptoKey>>>()

/** Whether the grant reaches to this moment: 14 days after the last contact it does not. */
export function isGranted({ grant }: StoredDevice, nowMs: number): boolean {
  return Date.parse(grant.expiresAt) > nowMs && aliasAt({ grant }, nowMs / 1000) !== undefined
}

/**
 * Draws the 24 digits of a step on this phone alone.
 *
 * @param step Unix seconds over ten, by the server's clock.
 * Source: docs/codes.md, "Payment code".
 */
export async function drawDeviceCode(
  device: StoredDevice,
  school: string,
  account: Account,
  revealed: boolean,
  step: number,
): Promise<string> {
  const alias = aliasAt(device, step * STEP_SECONDS)
  if (!alias) throw new RangeError('the grant does not cover this step')
  const mode = deviceMode(account, revealed)
  const oneTimePart = await drawOneTimePart(await oneTimeKey(device, school, mode), step)
  return formatDeviceCode({ school, mode, alias, oneTimePart })
}

function aliasAt({ grant }: Pick<StoredDevice, 'grant'>, seconds: number): string | undefined {
  return grant.aliases[aliasEpoch(seconds) - grant.firstEpoch]
}

function oneTimeKey(device: StoredDevice, school: string, mode: DeviceMode): Promise<CryptoKey> {
  const { privateKey, corePublicKey, grant } = device
  const keys = derived.get(privateKey) ?? new Map<string, Promise<CryptoKey>>()
  derived.set(privateKey, keys)
  const name = `${grant.grantId}|${mode}`
  let key = keys.get(name)
  if (!key) {
    key = deriveOneTimeKey(
      privateKey,
      fromBase64Url(corePublicKey),
      fromBase64Url(grant.salt),
      oneTimeInfo(school, mode),
    )
    keys.set(name, key)
  }
  return key
}
