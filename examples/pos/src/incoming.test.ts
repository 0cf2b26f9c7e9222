import { expect, it } from 'vitest'
import { createIncomingWatch } from './incoming.ts'
import { createScriptedTerminal, paid } from './testing/scripted-terminal.ts'

const id = (n: number) => `01990000-0000-7000-8000-${String(n).padStart(12, '0')}`

it('lists what the printed code took, each once, the newest first (R24)', async () => {
  const kit = createScriptedTerminal()
  const watch = createIncomingWatch(kit.terminal)
  const first = paid('ecm-1', { paymentId: id(1), means: 'collection' })
  kit.script.getIncoming = async () => ({
    kind: 'answered',
    body: { payments: [first], cursor: '10' },
  })
  expect(await watch.list()).toEqual([
    {
      tail: '000001',
      charged: '¥13.50',
      payer: '林*夏',
      at: first.settledAt,
      isReturned: false,
    },
  ])
  kit.script.getIncoming = async () => ({
    kind: 'answered',
    body: { payments: [first, paid('ecm-2', { paymentId: id(2) })], cursor: '20' },
  })
  expect((await watch.list()).map(({ tail }) => tail)).toEqual(['000002', '000001'])
  expect(kit.calls.map(([, after]) => after)).toEqual([undefined, '10'])
})

it('says what is known while the core cannot be reached', async () => {
  const kit = createScriptedTerminal()
  const watch = createIncomingWatch(kit.terminal)
  const body = {
    payments: [1, 2, 3, 4, 5, 6].map((n) => paid('x', { paymentId: id(n) })),
    cursor: '1',
  }
  kit.script.getIncoming = async () => ({ kind: 'answered', body })
  await watch.list()
  kit.script.getIncoming = async () => ({ kind: 'unknown', reason: 'NOT_SENT' })
  const list = await watch.list()
  expect(list.map(({ tail }) => tail)).toEqual(['000006', '000005', '000004', '000003', '000002'])
})

it('shows the latest at once after a long time, though the core tells the oldest first', async () => {
  const kit = createScriptedTerminal()
  const watch = createIncomingWatch(kit.terminal)
  const all = Array.from({ length: 120 }, (_, n) => paid('x', { paymentId: id(n + 1) }))
  kit.script.getIncoming = async (after = '0') => {
    const payments = all.slice(Number(after), Number(after) + 50)
    return { kind: 'answered', body: { payments, cursor: String(Number(after) + payments.length) } }
  }
  expect((await watch.list()).map(({ tail }) => tail)[0]).toBe('000120')
})

it('tells what was given back whole from what was not', async () => {
  const kit = createScriptedTerminal()
  const watch = createIncomingWatch(kit.terminal)
  const back = [0, 350, 1_350].map((refundedFen, n) => paid('x', { paymentId: id(n), refundedFen }))
  const body = { payments: back, cursor: '1' }
  kit.script.getIncoming = async () => ({ kind: 'answered', body })
  expect((await watch.list()).map(({ isReturned }) => isReturned)).toEqual([true, false, false])
})
