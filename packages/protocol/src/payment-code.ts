import type { Account } from './shapes.ts'

/** Modes of codes that the phone makes; 3 and 4 say that the digits were revealed on screen. */
export type DeviceMode = 1 | 2 | 3 | 4
/** Modes of codes that the core issues. */
export type IssuedMode = 6 | 7

/** Made on the phone: 71 | SSSS | M | AAAAAAA | OOOOOOOOOO. */
export interface DevicePaymentCode {
  readonly madeBy: 'device'
  /** Four digits, as written in the code. */
  readonly school: string
  readonly mode: DeviceMode
  readonly account: Account
  /** The digits were shown on screen, so the payment password is needed. */
  readonly revealed: boolean
  /** Rotating alias of the device, seven digits. */
  readonly alias: string
  /** Ten digits. */
  readonly oneTimePart: string
}

/**
 * Issued by the core: 71 | SSSS | M | 17 random digits.
 * Whether its digits were revealed is a flag that the core stores with it, not a mode.
 */
export interface IssuedPaymentCode {
  readonly madeBy: 'core'
  readonly school: string
  readonly mode: IssuedMode
  readonly account: Account
  readonly random: string
}

export type PaymentCode = DevicePaymentCode | IssuedPaymentCode

/**
 * Reads a payment code, strictly: 24 ASCII digits, a mode in use, nothing before or after.
 *
 * @returns undefined for every other string; the reserved modes 0, 5, 8 and 9 included.
 * Source: docs/codes.md, "Payment code".
 */
export function parsePaymentCode(text: string): PaymentCode | undefined {
  const device = /^71(\d{4})([1-4])(\d{7})(\d{10})$/.exec(text)
  if (device) {
    const [, school = '', digit = '', alias = '', oneTimePart = ''] = device
    const mode = Number(digit) as DeviceMode
    const account = accountOfMode(mode)
    return { madeBy: 'device', school, mode, account, revealed: mode > 2, alias, oneTimePart }
  }
  const issued = /^71(\d{4})([67])(\d{17})$/.exec(text)
  if (issued) {
    const [, school = '', digit = '', random = ''] = issued
    const mode = Number(digit) as IssuedMode
    return { madeBy: 'core', school, mode, account: accountOfMode(mode), random }
  }
  return undefined
}

/** Writes the 24 digits of a device-made code. Throws RangeError when a part has the wrong form. */
export function formatDeviceCode({
  school,
  mode,
  alias,
  oneTimePart,
}: Pick<DevicePaymentCode, 'school' | 'mode' | 'alias' | 'oneTimePart'>): string {
  const text = `71${school}${mode}${alias}${oneTimePart}`
  const read = parsePaymentCode(text)
  // Reading back also catches parts of wrong lengths that add up to 24 digits.
  if (read?.madeBy !== 'device' || read.school !== school || read.alias !== alias) {
    throw new RangeError('malformed part of a payment code')
  }
  return text
}

/** Writes the 24 digits of an issued code. Throws RangeError when a part has the wrong form. */
export function formatIssuedCode({
  school,
  mode,
  random,
}: Pick<IssuedPaymentCode, 'school' | 'mode' | 'random'>): string {
  const text = `71${school}${mode}${random}`
  const read = parsePaymentCode(text)
  if (read?.madeBy !== 'core' || read.school !== school || read.random !== random) {
    throw new RangeError('malformed part of a payment code')
  }
  return text
}

/** The mode a phone writes for an account, by whether the digits are shown. */
export function deviceMode(account: Account, revealed: boolean): DeviceMode {
  if (account === 'one_card') return revealed ? 3 : 1
  return revealed ? 4 : 2
}

/** The mode the core writes for an account. */
export function issuedMode(account: Account): IssuedMode {
  return account === 'one_card' ? 6 : 7
}

function accountOfMode(mode: DeviceMode | IssuedMode): Account {
  return mode === 1 || mode === 3 || mode === 6 ? 'one_card' : 'wallet'
}
