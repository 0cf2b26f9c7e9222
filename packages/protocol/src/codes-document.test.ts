import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import vectors from '../vectors/codes.json' with { type: 'json' }
import * as accessCode from './access-code.ts'
import * as accessKeys from './access-keys.ts'
import { accessRefusalCodes } from './access-refusals.ts'
import * as alias from './alias.ts'
import * as aliasEpoch from './alias-epoch.ts'
import * as codeRules from './code-rules.ts'
import * as code128 from './code128.ts'
import * as collectionNumber from './collection-number.ts'
import { errorTable } from './errors.ts'
import * as money from './money.ts'
import * as oneTime from './one-time.ts'
import * as oneTimeCheck from './one-time-check.ts'
import * as revocationList from './revocation-list.ts'

// Vendors implement from this document, so what can be checked in it is checked.
// Tables are padded by the formatter.
const text = readFileSync(new URL('../../../docs/codes.md', import.meta.url), 'utf8').replace(
  / {2,}/g,
  ' ',
)

describe('docs/codes.md', () => {
  it('lists every number of the code with its value', () => {
    const modules = [
      accessCode,
      accessKeys,
      alias,
      aliasEpoch,
      code128,
      codeRules,
      collectionNumber,
      money,
      oneTime,
      oneTimeCheck,
      revocationList,
    ]
    const inCode = modules
      .flatMap((module) => Object.entries(module))
      .filter(([, value]) => typeof value === 'number')
    const inTable = [...text.matchAll(/^\| `([A-Z0-9_]+)` \| (\d+) \|/gm)].map(
      ([, name = '', value]) => [name, Number(value)] as const,
    )
    expect(Object.fromEntries(inTable)).toEqual(Object.fromEntries(inCode))
  })

  it('names only errors and numbers that exist', () => {
    const known = new Set([
      ...Object.keys(errorTable),
      ...accessRefusalCodes,
      ...[...text.matchAll(/^\| `([A-Z0-9_]+)` \| \d+ \|/gm)].map((match) => match[1]),
    ])
    const named = [...text.matchAll(/`([A-Z]+(?:_[A-Z0-9]+)+)`/g)].map((match) => match[1])
    expect(named.length).toBeGreaterThan(30)
    expect(named.filter((name) => !known.has(name))).toEqual([])
  })

  it('gives patterns that sort every routing vector as the code does (R28)', () => {
    const block = /```routing\n(.*?)```/s.exec(text)?.[1] ?? ''
    const forms = block
      .trim()
      .split('\n')
      .map((line) => {
        const [, kind = '', pattern = ''] = /^(\w+) +(.+)$/.exec(line) ?? []
        return [kind, new RegExp(pattern)] as const
      })
    expect(forms).toHaveLength(7)
    for (const vector of vectors.routing) {
      const matching = forms.filter(([, pattern]) => pattern.test(vector.text))
      expect(matching.map(([kind]) => kind)).toEqual(vector.kind === 'unknown' ? [] : [vector.kind])
    }
  })

  it('shows the examples of the vectors', () => {
    for (const { time, epoch, alias, step, oneTimePart, code } of vectors.drawn) {
      expect(text).toContain(
        `| ${time} | ${epoch} | ${alias} | ${step} | ${oneTimePart} | \`${code}\` |`,
      )
    }
  })
})

describe('docs/codes.md, "Checking an access code"', () => {
  it('has every refusal of a gate, in the order of precedence', () => {
    const table = [...text.matchAll(/^\| \d+ \| .* \| `([A-Z_]+)` \|$/gm)].map((row) => row[1])
    expect(table).toEqual(accessRefusalCodes)
  })
})

describe('the numbers agree with each other', () => {
  it('a grant has an alias for each epoch of its life', () => {
    expect(codeRules.GRANT_EPOCHS * aliasEpoch.EPOCH_SECONDS).toBe(codeRules.GRANT_LIFETIME_SECONDS)
  })

  it('an epoch begins with a step, so that one clock reading gives both', () => {
    expect(aliasEpoch.EPOCH_SECONDS % oneTime.STEP_SECONDS).toBe(0)
  })

  it('the neighbour is accepted for as long as any code of it lives', () => {
    expect(aliasEpoch.EPOCH_OVERLAP_SECONDS).toBeGreaterThanOrEqual(oneTime.LIFETIME_SECONDS)
  })

  it('a code still on display has a step left to live', () => {
    expect(oneTime.LIFETIME_SECONDS - oneTime.DISPLAY_SECONDS).toBe(oneTime.STEP_SECONDS)
  })
})
