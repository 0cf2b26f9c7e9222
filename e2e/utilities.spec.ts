import { randomUUID } from 'node:crypto'
import type {
  Utility,
  UtilityAccount,
  UtilityKind,
  UtilityTopUp,
} from '@campus-ecode/protocol/utilities'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { takePeople } from './people.ts'
import { PersonClient } from './person-client.ts'
import { browser } from './stage.ts'
import { demo, sandbox, system } from './wallet-stage.ts'

const NAME = '罗一鸣'
takePeople([NAME], system)

const PASSWORD = '628419'
const ROOM = '3-0412'
const WAIT = { timeout: 30_000, interval: 200 }

let person: PersonClient
let utilities: Utility[]

beforeAll(async () => {
  person = await PersonClient.open(NAME, { system, demo, browser })
  await person.setPaymentPassword(PASSWORD, sandbox)
  utilities = (await person.read<{ utilities: Utility[] }>('/utilities')).utilities
})
afterEach(() => sandbox.setFault('utility', 'none'))

const idOf = (kind: UtilityKind) => utilities.find((one) => one.kind === kind)?.utilityId ?? ''
const find = (kind: UtilityKind, accountNo: string) =>
  person.ask<UtilityAccount & { code: string }>('POST', `/utilities/${idOf(kind)}/accounts`, {
    accountNo,
  })
const roomFen = async () => (await find('electricity', ROOM)).body.balanceFen ?? 0

async function begin(
  amountFen: number,
  topUpId: string = randomUUID(),
  { kind = 'electricity' as UtilityKind, accountNo = ROOM } = {},
) {
  const path = `/utilities/${idOf(kind)}/top-ups`
  return person.ask<UtilityTopUp & { code: string }>('POST', path, {
    ...{ topUpId, accountNo, amountFen },
  })
}

async function pay({ entry }: UtilityTopUp) {
  const { paymentId } = entry
  const approvalId = await person.approve({ kind: 'pay', paymentId }, PASSWORD)
  return person.ask('POST', `/payments/${paymentId}/confirm`, { approvalId })
}

const look = (topUpId: string) => person.read<UtilityTopUp>(`/utilities/top-ups/${topUpId}`)
const becomes = (topUpId: string, status: UtilityTopUp['status']) =>
  expect.poll(async () => (await look(topUpId)).status, WAIT).toBe(status)

describe('the utilities of a dormitory (R39, R40)', () => {
  it('are those of the campus, and rooms are known by their number', async () => {
    expect(utilities.map(({ name }) => name).sort()).toEqual(
      ['宿舍水费', '宿舍电费', '校园网'].sort(),
    )
    expect((await find('electricity', ROOM)).body).toMatchObject({ label: '3号楼 412' })
    expect((await find('network', 'net-0417')).body.balanceFen).toBeNull()
    expect(await find('electricity', '9-9999')).toMatchObject({
      body: { code: 'UTILITY_ACCOUNT_UNKNOWN' },
    })
  })

  it('are topped up from the wallet, with the password, and confirmed with a receipt', async () => {
    const [before, room] = [await person.walletFen(), await roomFen()]
    const begun = await begin(1_000)
    expect(begun).toMatchObject({ status: 202, body: { status: 'AWAITING_PASSWORD' } })
    expect((await begin(1_000, begun.body.topUpId)).body).toEqual(begun.body)
    expect(await person.walletFen()).toBe(before)
    expect((await pay(begun.body)).status).toBe(200)
    await becomes(begun.body.topUpId, 'CONFIRMED')
    expect((await look(begun.body.topUpId)).receipt).toMatch(/^\d{4}-\d{4}$/)
    expect(await person.walletFen()).toBe(before - 1_000)
    expect(await roomFen()).toBe(room + 1_000)
    const again = (await person.read<{ utilities: Utility[] }>('/utilities')).utilities
    const recent = again.find(({ kind }) => kind === 'electricity')?.recent
    expect(recent).toEqual([{ accountNo: ROOM, label: '3号楼 412' }])
  })

  it.each([
    ['water', ROOM],
    ['network', 'net-0417'],
  ] as const)('are credited for %s as for electricity, the bill says where', async (kind, no) => {
    const before = await person.walletFen()
    const { body } = await begin(150, randomUUID(), { kind, accountNo: no })
    await pay(body)
    await becomes(body.topUpId, 'CONFIRMED')
    expect(await person.walletFen()).toBe(before - 150)
    const { entry } = await look(body.topUpId)
    const name = utilities.find((one) => one.kind === kind)?.name
    expect(entry).toMatchObject({ means: 'utility', status: 'PAID', terminalName: name })
  })

  it('are credited once when two are paid at the same moment, each with its own', async () => {
    const [before, room] = [await person.walletFen(), await roomFen()]
    const begun = await Promise.all([begin(110), begin(120)])
    await Promise.all(begun.map(({ body }) => pay(body)))
    await Promise.all(begun.map(({ body }) => becomes(body.topUpId, 'CONFIRMED')))
    expect(await roomFen()).toBe(room + 230)
    expect(await person.walletFen()).toBe(before - 230)
  })

  it.each(['decline', 'wrong_room'] as const)(
    'are refunded, all of it, after %s',
    async (fault) => {
      const [before, room] = [await person.walletFen(), await roomFen()]
      const { body } = await begin(700)
      await sandbox.setFault('utility', fault, { count: 1 })
      await pay(body)
      await becomes(body.topUpId, 'REFUNDED')
      expect(await person.walletFen()).toBe(before)
      expect(await roomFen()).toBe(room)
    },
  )

  it('are still open while the utility is silent, and credited once when it is not', async () => {
    const [before, room] = [await person.walletFen(), await roomFen()]
    const { body } = await begin(300)
    await sandbox.setFault('utility', 'debit_then_drop', { count: 1 })
    await pay(body)
    await becomes(body.topUpId, 'CONFIRMED')
    expect(await roomFen()).toBe(room + 300)

    const silent = (await begin(200)).body
    await sandbox.setFault('utility', 'silent')
    await pay(silent)
    expect((await look(silent.topUpId)).status).toBe('PROCESSING')
    await sandbox.setFault('utility', 'none')
    await becomes(silent.topUpId, 'CONFIRMED')
    expect(await roomFen()).toBe(room + 500)
    expect(await person.walletFen()).toBe(before - 500)
  })

  it('cannot be begun while the utility is away, and nothing moves', async () => {
    const before = await person.walletFen()
    await sandbox.setFault('utility', 'down')
    expect(await begin(100)).toMatchObject({ status: 503, body: { code: 'UTILITY_NOT_REACHABLE' } })
    expect(await person.walletFen()).toBe(before)
  })
})
