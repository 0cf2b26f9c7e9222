import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createDiary, type Diary } from './diary-writer.ts'

let folder: string
let file: string
let diary: Diary

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'campus-ecode-diary-'))
  file = join(folder, 'history.jsonl')
  diary = createDiary(file)
})
afterEach(() => rm(folder, { recursive: true }))

const query = { verb: 'query', core: 'a', terminalId: 't', orderNo: 'o' } as const

it('numbers calls and codes and keeps the order in which they were written', () => {
  const made = { personId: 'p', account: 'wallet', isRevealed: false } as const
  const first = diary.send(query)
  const code = diary.code({ ...made, madeBy: { kind: 'issued', expiresAtMs: 1 } })
  const second = diary.send({ ...query, repeats: first })
  diary.reply(second, { outcome: 'info', why: 'lost' })
  diary.reply(first, { outcome: 'refused', error: 'ORDER_NOT_FOUND' })
  expect([first, second, code]).toEqual([1, 2, 1])
  expect(diary.lines.map(({ line }) => line)).toEqual(['send', 'code', 'send', 'reply', 'reply'])
  expect(diary.lines[2]).toMatchObject({ call: 2, repeats: 1, verb: 'query' })
  expect(diary.lines[4]).toMatchObject({ call: 1, error: 'ORDER_NOT_FOUND' })
})

it('takes one reply for a call that was sent, and no other', () => {
  const call = diary.send(query)
  diary.reply(call, { outcome: 'info', why: 'lost' })
  expect(() => diary.reply(call, { outcome: 'info', why: 'again' })).toThrow('waits for no reply')
  expect(() => diary.reply(99, { outcome: 'info', why: 'never' })).toThrow('waits for no reply')
  expect(diary.lines).toHaveLength(2)
})

it('counts what is done by phone apart', () => {
  const call = diary.sendByPhone({ core: 'a', personId: 'p', verb: 'lock' })
  diary.replyToPhone(call, { outcome: 'ok' })
  expect(diary.lines.map(({ line }) => line)).toEqual(['phone-send', 'phone-reply'])
  expect(() => diary.replyToPhone(call, { outcome: 'ok' })).toThrow('waits for no reply')
})

it('leaves the same lines in the file', async () => {
  diary.disturb({ what: 'kill-core', detail: 'at random', core: 'a' })
  diary.witness('cut-after-commit', 'a payment batch')
  diary.send(query)
  await diary.close()
  const text = await readFile(file, 'utf8')
  expect(
    text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual(diary.lines)
})
