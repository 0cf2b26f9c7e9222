import { verify } from 'node:crypto'
import { noSums, type Statement, statementSigningInput } from '@campus-ecode/protocol/statement'
import { describe, expect, it } from 'vitest'
import { statementPublicKey } from '../statements/verify-statement.ts'
import { createMemoryKeys } from '../testing/memory-keys.ts'

const sums = {
  ...noSums,
  paymentCount: 2,
  paymentFen: 500,
  refundCount: 1,
  refundFen: 100,
  netFen: 400,
}
const merchantId = '0190a000-0000-7000-8000-000000000000'
const statement: Statement = {
  ...{ type: 'ECS1.statement', schoolId: '1001', merchantId: null, day: '2026-09-01' },
  ...{ finishedAt: '2026-09-01T16:01:00.000Z', keyId: 1, rowCount: 3, files: [], total: sums },
  merchants: [
    { merchantId, name: '第一食堂', total: sums, channels: [{ channel: 'wallet', ...sums }] },
  ],
}
const toBytes = (content: object) => Buffer.from(JSON.stringify(content))

describe('statements in the key process', () => {
  it('are signed under a label, by a key of their school and number', async () => {
    const keys = createMemoryKeys()
    const content = toBytes(statement)
    const signature = await keys.signStatement('1001', content)
    const verifies = async (schoolId: string, keyId: number, input: Uint8Array) => {
      const key = statementPublicKey(await keys.statementKey(schoolId, keyId))
      return verify(null, input, key, signature)
    }
    expect(await verifies('1001', 1, statementSigningInput(content))).toBe(true)
    expect(await verifies('1001', 1, content)).toBe(false)
    expect(await verifies('1001', 2, statementSigningInput(content))).toBe(false)
    expect(await verifies('1002', 1, statementSigningInput(content))).toBe(false)
    expect(await keys.signStatement('1001', content)).toEqual(signature)
  })

  it.each([
    ['another school’s', { ...statement, schoolId: '1002' }],
    ['no statement', { type: 'ECS1.statement' }],
    ['of another type', { ...statement, type: 'ECA1.keys' }],
    ['with more in it than is known', { ...statement, note: '' }],
    ['not the sum of its merchants', { ...statement, merchants: [] }],
    [
      'not the sum of its channels',
      { ...statement, merchants: [{ ...statement.merchants[0], channels: [] }] },
    ],
    [
      'of a net that is none',
      {
        ...statement,
        total: { ...sums, netFen: 401 },
        merchants: [
          {
            ...statement.merchants[0],
            total: { ...sums, netFen: 401 },
            channels: [{ channel: 'wallet', ...sums, netFen: 401 }],
          },
        ],
      },
    ],
  ])('are refused when they are %s', async (_, content) => {
    await expect(createMemoryKeys().signStatement('1001', toBytes(content))).rejects.toThrow()
  })
})
