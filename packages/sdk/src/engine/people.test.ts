import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createCell } from '../cell.ts'
import { makeLater } from './later/later.ts'
import { shareEngine } from './people.ts'
import { BASE_URL, createFakeBff, type FakeBff } from './testing/fake-bff.ts'
import { pass, until, usePhone } from './testing/phone.ts'

vi.mock('./page.ts', () => ({
  watchPage: () => ({ visible: createCell(true), online: createCell(true), stop() {} }),
}))

let bff: FakeBff
beforeEach(() => {
  bff = createFakeBff()
  usePhone(bff)
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

function share(subject: string) {
  const identity = { baseUrl: BASE_URL, school: '1001', subject }
  const shared = shareEngine(identity, bff.session, async () => makeLater)
  shared.engine.connect()
  return shared
}

test('two widgets of a person share session, stream and code', async () => {
  const [one, two] = [share('a'), share('a')]
  expect(two.engine).toBe(one.engine)
  const stops = [one.engine.model.showPay(), two.engine.model.showPay()]
  await until(() => one.engine.model.pay.value.kind === 'code')
  await until(() => bff.openStreams() === 1)
  expect(bff.sessionsOpened).toBe(1)
  expect(bff.issued).toHaveLength(1)
  stops[0]?.()
  expect(two.engine.model.pay.value.kind).toBe('code')
  stops[1]?.()
  expect(two.engine.model.pay.value.kind).toBe('loading')
  one.release()
  two.release()
  await pass(2_000)
})

test('a widget taken away and brought back at once finds everything as it was', async () => {
  const one = share('b')
  await until(() => one.engine.model.card.value.value)
  one.release()
  one.release()
  const two = share('b')
  expect(two.engine).toBe(one.engine)
  await pass(5_000)
  expect(share('b').engine).toBe(one.engine)
})

test('after the last widget is gone the next begins anew', async () => {
  const one = share('c')
  one.release()
  await pass(1_000)
  expect(share('c').engine).not.toBe(one.engine)
})

test('other people, and a person who signed out, have engines of their own', async () => {
  const one = share('d')
  expect(share('e').engine).not.toBe(one.engine)
  await one.engine.signOut()
  expect(share('d').engine).not.toBe(one.engine)
})
