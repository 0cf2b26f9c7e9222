import { TOTP_PERIOD_SECONDS } from '@campus-ecode/protocol/staff'
import { Secret, TOTP } from 'otpauth'

/** RFC 4226 §4: at least 128 bits, 160 recommended. */
const SECRET_BYTES = 20
/** One step either way, for clocks that are off (RFC 6238 §5.2). */
const WINDOW = 1

/** A fresh secret, base32. */
export function createTotpSecret(): string {
  return new Secret({ size: SECRET_BYTES }).base32
}

/** What authenticator apps read from a QR code. */
export function totpUri(secret: string, name: string, issuer: string): string {
  return createTotp(secret, name, issuer).toString()
}

/**
 * @param lastStep The newest step that was used: it and all before it are not good any more.
 * @returns The step of a code that is good now, or undefined.
 */
export function findTotpStep(
  secret: string,
  token: string,
  nowMs: number,
  lastStep: number,
): number | undefined {
  const delta = createTotp(secret).validate({ token, timestamp: nowMs, window: WINDOW })
  if (delta === null) return undefined
  const step = Math.floor(nowMs / 1000 / TOTP_PERIOD_SECONDS) + delta
  return step > lastStep ? step : undefined
}

function createTotp(secret: string, label = 'staff', issuer = 'Campus e-Code'): TOTP {
  return new TOTP({ issuer, label, secret: Secret.fromBase32(secret), period: TOTP_PERIOD_SECONDS })
}
