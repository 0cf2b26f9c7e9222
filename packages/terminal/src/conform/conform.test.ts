import { describe, expect, it } from 'vitest'
import { readAccessCases } from './access-case.ts'
import { verifyCase } from './verify-case.ts'

const cases = readAccessCases()

describe('our own verifier against the vectors', () => {
  it.each(cases.map((entry) => [entry.given.id, entry] as const))(
    '%s',
    (_, { given, expected }) => {
      expect(verifyCase(given)).toEqual(expected)
    },
  )

  it('has cases that open and cases for every refusal', () => {
    const refusals = new Set(cases.map(({ expected }) => expected.refusal))
    expect(refusals.size).toBeGreaterThanOrEqual(19)
  })
})
