import { expect, it } from 'vitest'
import { inServerSpan, inSpan, withTrace } from './tracing.ts'

it('makes no span and sends no header as long as no collector is named', async () => {
  expect(await inSpan('x', 'internal', async (span) => span)).toBe(undefined)
  expect(await inServerSpan({}, 'x', async (span) => span)).toBe(undefined)
  expect(withTrace({})).toEqual({})
})
