import { contrast, type Rgb } from '../palette.ts'

/** What stands on a ground of its own colour, so that nobody shows one code for another. */
export type GroundKind = 'access' | 'identity'

/** Plum or teal; slate or ochre. White text stands on each; green and orange are the gate's answers. */
const colors: Record<GroundKind, readonly [Rgb, Rgb]> = {
  access: [
    [126, 42, 112],
    [6, 92, 104],
  ],
  identity: [
    [62, 70, 84],
    [112, 80, 8],
  ],
}

/** The ground of the kind that is farther from the school's colour, on which the payment code stands. */
export function groundColor(kind: GroundKind, accent: Rgb): Rgb {
  const [first, second] = colors[kind]
  return distance(first, accent) >= distance(second, accent) ? first : second
}

/** How different two colours look, roughly: by channel, the eye's way ("redmean"), and by lightness. */
function distance(a: Rgb, b: Rgb): number {
  const mean = (a[0] + b[0]) / 2
  const [red, green, blue] = [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
  const channels =
    (2 + mean / 256) * red ** 2 + 4 * green ** 2 + (2 + (255 - mean) / 256) * blue ** 2
  return Math.sqrt(channels) + 10 * contrast(a, b)
}
