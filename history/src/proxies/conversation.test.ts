import { describe, expect, it } from 'vitest'
import { createConversation } from './conversation.ts'
import { execute, message, parse, query, ready, startup } from './testing/wire-messages.ts'

const PAY = 'select * from pay_batch($1)'

/** A connection that is open and idle. */
function open() {
  const conversation = createConversation()
  expect(conversation.fromCore(startup())).toEqual([])
  expect(conversation.fromServer(Buffer.concat([message('R', '\0\0\0\0'), ready('I')]))).toEqual([])
  return conversation
}

describe('a payment batch by itself', () => {
  it('is asked for with its Sync, and kept when the server is ready again', () => {
    const conversation = open()
    const asked = conversation.fromCore(Buffer.concat([parse('p', PAY), execute('p')]))
    expect(asked).toEqual([{ statements: [PAY], isPayBatch: true, isConfirmation: false }])
    // Rows may come before the commit: they prove nothing.
    expect(conversation.fromServer(message('C', 'SELECT 1\0'))).toEqual([])
    expect(conversation.fromServer(ready('I'))).toEqual(asked)
  })

  it('is known by its name the next time', () => {
    const conversation = open()
    conversation.fromCore(Buffer.concat([parse('p', PAY), execute('p')]))
    conversation.fromServer(ready('I'))
    expect(conversation.fromCore(execute('p'))).toHaveLength(1)
  })

  it('is not kept when it fails', () => {
    const conversation = open()
    conversation.fromCore(Buffer.concat([parse('p', PAY), execute('p')]))
    const failed = Buffer.concat([message('E', 'SERROR\0\0'), ready('I')])
    expect(conversation.fromServer(failed)).toEqual([])
  })
})

describe('a transaction block', () => {
  const settle = (conversation: ReturnType<typeof open>, text: string) => {
    expect(conversation.fromCore(query('BEGIN'))).toEqual([])
    conversation.fromServer(ready('T'))
    expect(conversation.fromCore(Buffer.concat([parse('u', text), execute('u')]))).toEqual([])
    expect(conversation.fromServer(ready('T'))).toEqual([])
  }
  const UPDATE = "update payments\n set status = 'PAID'"

  it('is asked for and kept with its COMMIT, which nothing of it is before', () => {
    const conversation = open()
    settle(conversation, UPDATE)
    const asked = conversation.fromCore(query('COMMIT'))
    expect(asked).toEqual([
      { statements: ['BEGIN', UPDATE, 'COMMIT'], isPayBatch: false, isConfirmation: false },
    ])
    expect(conversation.fromServer(ready('I'))).toEqual(asked)
  })

  it('is a confirmation when it spends an approval as well', () => {
    const conversation = open()
    conversation.fromCore(query('BEGIN'))
    conversation.fromServer(ready('T'))
    conversation.fromCore(query("update approvals set status = 'spent'"))
    conversation.fromServer(ready('T'))
    conversation.fromCore(query(UPDATE))
    conversation.fromServer(ready('T'))
    const [asked] = conversation.fromCore(query('COMMIT'))
    expect(asked).toMatchObject({ isPayBatch: false, isConfirmation: true })
  })

  it('is not kept when it is rolled back', () => {
    const conversation = open()
    settle(conversation, UPDATE)
    expect(conversation.fromCore(query('ROLLBACK'))).toEqual([])
    const answer = Buffer.concat([message('C', 'ROLLBACK\0'), ready('I')])
    expect(conversation.fromServer(answer)).toEqual([])
  })

  it('is not kept when its COMMIT is answered with a rollback', () => {
    const conversation = open()
    settle(conversation, UPDATE)
    conversation.fromServer(ready('E'))
    conversation.fromCore(query('COMMIT'))
    const answer = Buffer.concat([message('C', 'ROLLBACK\0'), ready('I')])
    expect(conversation.fromServer(answer)).toEqual([])
  })

  it('is of no interest when it moves no money', () => {
    const conversation = open()
    settle(conversation, 'insert into seen_nonces values ($1)')
    expect(conversation.fromCore(query('COMMIT'))).toEqual([])
    expect(conversation.fromServer(ready('I'))).toEqual([])
  })

  it('is followed when all of it is sent before the first answer', () => {
    const conversation = open()
    const all = Buffer.concat([query('BEGIN'), parse('u', UPDATE), execute('u'), query('COMMIT')])
    expect(conversation.fromCore(all)).toHaveLength(1)
    const answers = [ready('T'), ready('T'), ready('I')]
    expect(conversation.fromServer(Buffer.concat(answers))).toHaveLength(1)
  })
})

it('does not take what is read for what is kept', () => {
  const conversation = open()
  conversation.fromCore(Buffer.concat([parse('s', 'select * from payments'), execute('s')]))
  expect(conversation.fromServer(ready('I'))).toEqual([])
})
