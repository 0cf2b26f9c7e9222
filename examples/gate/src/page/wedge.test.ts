import { describe, expect, it } from 'vitest'
import { createWedge, type WedgeKey } from './wedge.ts'

/** Base45 has a space, also several together, and signs that keyboards have in different places. */
const CODE = `ECA1:${'AB  9$%*+-./: '.repeat(20).slice(0, 272)}`
const IDENTITY = '721001112345678901234567'

/** How a computer understands the keys: what the key event says, and what arrives in the field. */
type Layout = (place: WedgeKey) => { key: string; typed: string }

const american: Layout = ({ key }) => ({ key, typed: key })
const capsLock: Layout = ({ key }) => {
  const swapped = key === key.toUpperCase() ? key.toLowerCase() : key.toUpperCase()
  return { key: swapped, typed: swapped }
}
/** What an American keyboard's places give on a German one. */
const GERMAN: Record<string, string> = {
  ':': 'Ö',
  '/': '-',
  '-': 'ß',
  '+': '`',
  '*': '(',
  Y: 'Z',
  Z: 'Y',
}
const german: Layout = ({ key }) => ({ key: GERMAN[key] ?? key, typed: GERMAN[key] ?? key })
/** A French one wants Shift for digits, and has letters elsewhere. */
const FRENCH: Record<string, string> = { '0': 'à', '9': 'ç', '1': '&', A: 'Q', ':': 'M', ' ': ' ' }
const french: Layout = ({ key }) => ({ key: FRENCH[key] ?? key, typed: FRENCH[key] ?? key })
/** A Chinese input method swallows the keys and offers words. */
const inputMethod: Layout = ({ key }) => ({ key: 'Process', typed: key === ' ' ? '二草' : '' })
/** Android tells of no key at all; the text arrives by itself. */
const android: Layout = ({ key }) => ({ key: 'Unidentified', typed: key })

const places = new Map<string, Omit<WedgeKey, 'key'>>()
for (const letter of 'ABCDEFGHIJKLMNOPQRSTUVWXYZ') {
  places.set(letter, { code: `Key${letter}`, shiftKey: true })
  places.set(letter.toLowerCase(), { code: `Key${letter}`, shiftKey: false })
}
for (const digit of '0123456789') places.set(digit, { code: `Digit${digit}`, shiftKey: false })
for (const [character, code, shiftKey] of [
  [' ', 'Space', false],
  ['$', 'Digit4', true],
  ['%', 'Digit5', true],
  ['*', 'Digit8', true],
  ['+', 'Equal', true],
  ['-', 'Minus', false],
  ['.', 'Period', false],
  ['/', 'Slash', false],
  [':', 'Semicolon', true],
] as const) {
  places.set(character, { code, shiftKey })
}

function createPage() {
  let value = ''
  let nowMs = 0
  const scans: string[] = []
  const field = {
    read: () => value,
    clear() {
      value = ''
    },
  }
  const press = createWedge(field, (text) => scans.push(text))
  const hit = (key: WedgeKey) => press(key, nowMs)
  return {
    scans,
    rest(ms: number) {
      nowMs += ms
    },
    /** An American scanner's keys at a computer with this layout. */
    type(text: string, layout: Layout = american, { hasPlaces = true } = {}) {
      for (const character of text) {
        const place = places.get(character)
        if (!place) throw new Error(`no key for ${character}`)
        const { key, typed } = layout({ key: character, ...place })
        hit({ key, code: hasPlaces ? place.code : '', shiftKey: hasPlaces && place.shiftKey })
        value += typed
        nowMs += 8
      }
    },
    end: (key = 'Enter') => hit({ key, code: key, shiftKey: false }),
  }
}

describe('a scanner that types', () => {
  it.each([
    ['an American keyboard', american],
    ['Caps Lock on', capsLock],
    ['a German keyboard', german],
    ['a French keyboard', french],
    ['a Chinese input method', inputMethod],
  ])('is understood with %s, spaces and all', (_, layout) => {
    const page = createPage()
    for (const text of [CODE, IDENTITY]) {
      page.type(text, layout)
      expect(page.end()).toBe(true)
    }
    expect(page.scans).toEqual([CODE, IDENTITY])
  })

  it('is understood where the browser does not say which key it was', () => {
    const page = createPage()
    page.type(CODE, android, { hasPlaces: false })
    page.end()
    expect(page.scans).toEqual([CODE])
  })

  it('may be set to the computer’s own layout', () => {
    const page = createPage()
    // The right text arrives; the places would give another.
    page.type(CODE, ({ key }) => ({ key, typed: key }))
    page.end()
    expect(page.scans).toEqual([CODE])
  })

  it.each(['Enter', 'Tab'])('ends with %s, and a second end right after it is nothing', (key) => {
    const page = createPage()
    page.type(CODE)
    expect(page.end(key)).toBe(true)
    expect(page.end('Enter')).toBe(false)
    expect(page.scans).toEqual([CODE])
  })

  it('hands over what is no code as well: the gate says so', () => {
    const page = createPage()
    page.type('HELLO 1')
    page.end()
    expect(page.scans).toEqual(['HELLO 1'])
  })

  it('forgets what came before a rest: half a scan, or somebody at the keyboard', () => {
    const page = createPage()
    page.type('ECA1:AB')
    page.rest(800)
    page.type(CODE)
    page.end()
    expect(page.scans).toEqual([CODE])
  })

  it('leaves Tab and Enter to the page while nothing is scanned', () => {
    const page = createPage()
    expect([page.end('Tab'), page.end('Enter')]).toEqual([false, false])
    expect(page.scans).toEqual([])
  })

  it('trims nothing', () => {
    const page = createPage()
    page.type(` ${CODE} `)
    page.end()
    expect(page.scans).toEqual([` ${CODE} `])
  })
})
