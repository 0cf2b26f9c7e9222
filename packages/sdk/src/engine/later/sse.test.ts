import { expect, test } from 'vitest'
import { createStreamReader, type StreamMessage } from './sse.ts'

function readAll(...chunks: string[]): StreamMessage[] {
  const messages: StreamMessage[] = []
  const read = createStreamReader((message) => void messages.push(message))
  for (const chunk of chunks) read(chunk)
  return messages
}

const stream =
  'id: 7\nevent: person\ndata: {"a":1}\n\n: heartbeat\n\nid:8\ndata\ndata: two\ndata:  three\n\n'
const messages = [
  { id: '7', type: 'person', data: '{"a":1}' },
  { id: '7', type: '', data: '' },
  { id: '8', type: '', data: '\ntwo\n three' },
]

test('messages are read with their id, type and lines', () => {
  expect(readAll(stream)).toEqual(messages)
})

test('it does not matter where the pieces were cut', () => {
  for (let cut = 0; cut <= stream.length; cut++) {
    expect(readAll(stream.slice(0, cut), stream.slice(cut))).toEqual(messages)
  }
  expect(readAll(...stream)).toEqual(messages)
})

test.each(['\r\n', '\r'])('lines may end in %j, also across a cut', (end) => {
  const text = `${stream.replace(/\n/g, end)}:\n`
  for (let cut = 0; cut <= text.length; cut++) {
    expect(readAll(text.slice(0, cut), text.slice(cut))).toEqual(messages)
  }
})

test('an id without data says where the stream begins', () => {
  expect(readAll('id: c9\n\n')).toEqual([{ id: 'c9', type: '', data: '' }])
})

test('a message that is not finished is not told', () => {
  expect(readAll('id: 1\ndata: half\n')).toEqual([])
})
