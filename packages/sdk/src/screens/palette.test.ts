import { describe, expect, it } from 'vitest'
import { contrast, makePalette, parseRgb, type Rgb } from './palette.ts'

const AA = 4.5
const steps = [0, 51, 102, 153, 204, 255]
const colors: Rgb[] = steps.flatMap((r) => steps.flatMap((g) => steps.map((b): Rgb => [r, g, b])))

const grounds = {
  light: [
    [243, 244, 247],
    [255, 255, 255],
  ],
  dark: [
    [13, 15, 19],
    [28, 32, 39],
  ],
} satisfies Record<string, Rgb[]>

describe('a school’s colour', () => {
  it.each(['light', 'dark'] as const)(
    'whatever it is, leaves every text at AA when %s',
    (scheme) => {
      for (const accent of colors) {
        const palette = makePalette(accent, scheme === 'dark')
        const color = (name: keyof typeof palette): Rgb => hex(palette[name])
        const pairs: [Rgb, Rgb][] = [
          [color('--on-accent'), color('--accent')],
          [color('--on-accent'), color('--accent-end')],
          [color('--accent-text'), color('--accent-soft')],
          [color('--paper-accent'), [255, 255, 255]],
          ...grounds[scheme].map((ground): [Rgb, Rgb] => [color('--accent-text'), ground]),
        ]
        if (scheme === 'dark') {
          const veil = Number(/[\d.]+(?=\))/.exec(palette['--veil'])?.[0])
          pairs.push([[255, 255, 255], mix([13, 15, 19], color('--accent'), 1 - veil)])
        }
        for (const [text, ground] of pairs) {
          expect(contrast(text, ground), `${accent} ${text} on ${ground}`).toBeGreaterThanOrEqual(
            AA,
          )
        }
      }
    },
  )

  it('stays as given where white text already stands on it', () => {
    expect(makePalette([18, 52, 120], false)['--accent']).toBe('#123478')
  })

  it('takes dark text only where it is truly light', () => {
    expect(makePalette([255, 213, 0], false)['--on-accent']).toBe('#10131a')
    expect(makePalette([59, 130, 246], false)['--on-accent']).toBe('#ffffff')
  })

  it('is ours where none is given or it cannot be read', () => {
    expect(parseRgb('')).toBeUndefined()
    expect(makePalette(undefined, false)['--accent']).toBe('#2455c9')
  })

  it('is read as browsers write it', () => {
    expect(parseRgb('rgb(36, 85, 201)')).toEqual([36, 85, 201])
    expect(parseRgb('rgba(36, 85, 201, 0.5)')).toEqual([36, 85, 201])
  })
})

function mix(a: Rgb, b: Rgb, part: number): Rgb {
  const at = (index: 0 | 1 | 2) => a[index] + (b[index] - a[index]) * part
  return [at(0), at(1), at(2)]
}

function hex(text: string): Rgb {
  const at = (index: number) => Number.parseInt(text.slice(1 + index * 2, 3 + index * 2), 16)
  return [at(0), at(1), at(2)]
}
