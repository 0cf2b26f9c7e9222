export type Rgb = readonly [red: number, green: number, blue: number]

const DEFAULT_ACCENT: Rgb = [36, 85, 201]
const WHITE: Rgb = [255, 255, 255]
const INK: Rgb = [16, 19, 26]
/** Grounds the accent stands on; the style sheet's --bg and --surface. */
const LIGHT_GROUND: Rgb = [243, 244, 247]
const DARK_SURFACE: Rgb = [28, 32, 39]
/** WCAG 2.2 AA for text. */
const CONTRAST_MIN = 4.5

/** The colours that follow from one accent, as custom properties of the root element. */
export interface Palette {
  '--accent': string
  /** Where a gradient from the accent ends. */
  '--accent-end': string
  '--on-accent': string
  /** The accent as text or icon on a plain or soft ground. */
  '--accent-text': string
  '--accent-soft': string
  /** The same on the code's paper, which is white in the dark too. */
  '--paper-accent': string
  /** Darkens the code screen's ground in the dark, enough for white text. */
  '--veil': string
}

/**
 * Makes a school's colour usable: whatever it is, text on it and text in it stay readable.
 *
 * @param accent Undefined means our own.
 */
export function makePalette(accent: Rgb | undefined, dark: boolean): Palette {
  const given = accent ?? DEFAULT_ACCENT
  // White text wherever a slightly deeper shade carries it; only truly light colours take dark text.
  const lightText = contrast(WHITE, given) >= 2.6
  const fill = lightText ? shade(given, INK, [WHITE]) : given
  const soft = dark ? mix(DARK_SURFACE, fill, 0.24) : mix(WHITE, fill, 0.08)
  const text = dark
    ? shade(given, WHITE, [DARK_SURFACE, soft])
    : shade(given, INK, [LIGHT_GROUND, soft])
  return {
    '--accent': toHex(fill),
    '--accent-end': toHex(mix(fill, lightText ? INK : WHITE, 0.4)),
    '--on-accent': toHex(lightText ? WHITE : INK),
    '--accent-text': toHex(text),
    '--accent-soft': toHex(soft),
    '--paper-accent': toHex(shade(given, INK, [WHITE])),
    '--veil': dark ? `rgba(13, 15, 19, ${lightText ? 0.5 : 0.74})` : 'transparent',
  }
}

/** Contrast of two colours, 1 to 21. Source: WCAG 2.2, "contrast ratio". */
export function contrast(a: Rgb, b: Rgb): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y)
  return (high + 0.05) / (low + 0.05)
}

/** Reads what a browser computes for a colour: `rgb(36, 85, 201)`. */
export function parseRgb(text: string): Rgb | undefined {
  const [r, g, b] = (text.match(/\d+(\.\d+)?/g) ?? []).map(Number)
  return r === undefined || g === undefined || b === undefined ? undefined : [r, g, b]
}

/** Moves a colour toward another, in small steps, until it stands out from all the others. */
function shade(color: Rgb, toward: Rgb, others: readonly Rgb[]): Rgb {
  let result = color
  for (let part = 0; others.some((other) => contrast(result, other) < CONTRAST_MIN); part += 0.04) {
    result = mix(color, toward, part)
  }
  return result
}

function mix(a: Rgb, b: Rgb, part: number): Rgb {
  const at = (i: 0 | 1 | 2) => Math.round(a[i] + (b[i] - a[i]) * part)
  return [at(0), at(1), at(2)]
}

function luminance(color: Rgb): number {
  const [r = 0, g = 0, b = 0] = color.map((part) => {
    const c = part / 255
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function toHex(color: Rgb): string {
  return `#${color.map((part) => part.toString(16).padStart(2, '0')).join('')}`
}
