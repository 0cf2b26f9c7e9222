import { describe, expect, it } from 'vitest'
import { createMessageReader, readTwoStrings } from './postgres-messages.ts'
import { message, startup } from './testing/wire-messages.ts'

function readAll(side: 'client' | 'server', chunks: Buffer[]): [string, string][] {
  const seen: [string, string][] = []
  const read = createMessageReader(side, (type, body) => seen.push([type, body.toString('latin1')]))
  for (const chunk of chunks) read(chunk)
  return seen
}

describe('message reader', () => {
  const bytes = Buffer.concat([startup('user\0me\0\0'), message('Q', 'select 1\0'), message('S')])
  const expected = [
    ['', '\0\x03\0\0user\0me\0\0'],
    ['Q', 'select 1\0'],
    ['S', ''],
  ]

  it('gives the same messages wherever the stream is cut', () => {
    expect(readAll('client', [bytes])).toEqual(expected)
    for (let at = 1; at < bytes.length; at++) {
      expect(readAll('client', [bytes.subarray(0, at), bytes.subarray(at)])).toEqual(expected)
    }
    expect(
      readAll(
        'client',
        [...bytes].map((byte) => Buffer.from([byte])),
      ),
    ).toEqual(expected)
  })

  it('takes the first message of a server to have a type', () => {
    expect(readAll('server', [message('Z', 'I')])).toEqual([['Z', 'I']])
  })

  it('says nothing about a message that has not arrived whole', () => {
    expect(readAll('server', [message('Z', 'I').subarray(0, 5)])).toEqual([])
  })

  it('refuses a length that no message has', () => {
    expect(() => readAll('server', [Buffer.from('Z\0\0\0\x03')])).toThrow(RangeError)
  })
})

describe('readTwoStrings', () => {
  it('reads the names that Parse and Bind begin with', () => {
    expect(readTwoStrings(Buffer.from('name\0select 1\0\0\0'))).toEqual(['name', 'select 1'])
    expect(readTwoStrings(Buffer.from('\0name\0rest'))).toEqual(['', 'name'])
  })
})
