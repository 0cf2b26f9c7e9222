import { describe, expect, it } from 'vitest'
import { readLines } from './read-lines.ts'

async function read(chunks: string[], lengthMax?: number): Promise<string[]> {
  const input = (async function* () {
    for (const chunk of chunks) yield Buffer.from(chunk, 'latin1')
  })()
  const lines: string[] = []
  for await (const line of readLines(input, lengthMax)) lines.push(line)
  return lines
}

describe('lines from a scanner', () => {
  it.each([
    ['LF', 'a\nb\n'],
    ['CR LF', 'a\r\nb\r\n'],
    ['CR', 'a\rb\r'],
    ['nothing after the last', 'a\nb'],
  ])('end with %s', async (_, text) => {
    expect(await read([text])).toEqual(['a', 'b'])
    expect(await read([...text])).toEqual(['a', 'b'])
  })

  it('lose nothing else: codes end and begin with spaces', async () => {
    expect(await read([' A B  \r\n\t\n'])).toEqual([' A B  ', '\t'])
  })

  it('may be empty', async () => {
    expect(await read(['a\n\nb\r\n\r\nc'])).toEqual(['a', '', 'b', '', 'c'])
  })

  it('are cut when they are longer than anything that could be meant', async () => {
    expect(await read(['x'.repeat(50), 'x'.repeat(50), '\ny\n'], 60)).toEqual(['x'.repeat(60), 'y'])
  })

  it('are UTF-8, also when a character comes in two pieces, and keep a byte order mark', async () => {
    const bytes = Buffer.from('\ufeff码\n').toString('latin1')
    expect(await read([...bytes])).toEqual(['\ufeff码'])
  })
})
