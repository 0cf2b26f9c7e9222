import type { PayoutRequest } from '@campus-ecode/protocol/bank-gateway'
import type { DebitRequest } from '@campus-ecode/protocol/debit-port'
import type { Transfer } from '@campus-ecode/protocol/wallet'
import { v7 } from 'uuid'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { inTransaction } from '../db/database.ts'
import type { Services } from '../http/operation.ts'
import { checkBooks } from '../ledger/check-books.ts'
import { readBalance } from '../ledger/roll-up-balances.ts'
import { accountNames } from '../ledger/store.ts'
import { driveMovement } from '../movements/drive-movement.ts'
import { beginAttempt } from '../movements/store.ts'
import { driveDueMovements } from '../movements/worker.ts'
import { createTestCampus, SCHOOL, type TestCampus } from '../testing/campus.ts'
import type { OutsideFault } from '../testing/outside-account.ts'
import { createTransferCalls, transferOf } from '../testing/transfers.ts'
import { declineUnsent } from './settle-transfer.ts'
import { writeTransfer } from './write-transfer.ts'

let campus: TestCampus
let calls: ReturnType<typeof createTransferCalls>
let seededFen = 0

beforeAll(async () => {
  campus = await createTestCampus()
  calls = createTransferCalls(campus)
})
afterEach(async () => {
  heal()
  await finish()
  expect(await checkBooks(campus.db.pool)).toEqual([])
  // What the bank took and paid out is what clearing says, and nothing is left in transit.
  const clearing = await readBalance(campus.db.pool, SCHOOL, accountNames.clearing('bank'))
  expect(-clearing - seededFen).toBe(campus.bank.netFen() - campus.gateway.paidOutFen())
  expect(await readBalance(campus.db.pool, SCHOOL, accountNames.transit('bank'))).toBe(0)
  campus.bank.calls.length = 0
  campus.gateway.calls.length = 0
})
afterAll(() => campus.close())

function heal() {
  campus.bank.setFault('none')
  campus.gateway.setFault('none')
  campus.gateway.settlePayouts('SUCCEEDED')
  campus.bank.settle('SUCCEEDED')
}

/** Lets the worker finish everything, without waiting for its back-off. */
async function finish(services: Services = campus.services) {
  for (let rounds = 0; rounds < 10; rounds++) {
    await campus.db.pool.query('update external_movements set next_attempt_at = now()')
    if ((await driveDueMovements(services)) === 0) return
  }
  throw new Error('movements stay open')
}

async function addPerson() {
  seededFen += 5_000
  return (await campus.addPerson({ walletFen: 5_000, bankCard: true })).personId
}

interface Scene {
  kind: Transfer['kind']
  fault(next: OutsideFault): void
  /** How often the bank was asked to move money. */
  orders(): number
  movedFen(): number
}
const scenes: Scene[] = [
  {
    kind: 'top_up',
    fault: (next) => campus.bank.setFault(next),
    orders: () => campus.bank.calls.filter((call) => call === 'debit').length,
    movedFen: () => campus.bank.netFen(),
  },
  {
    kind: 'withdrawal',
    fault: (next) => campus.gateway.setFault(next),
    orders: () => campus.gateway.calls.filter((call) => call === 'payOut').length,
    movedFen: () => campus.gateway.paidOutFen(),
  },
]

describe.each(scenes)('a $kind', ({ kind, fault, orders, movedFen }) => {
  /** While the bank decides, a withdrawal is out of the wallet and a top-up is not yet in it. */
  const meanwhileFen = kind === 'top_up' ? 5_000 : 4_000
  const afterwardsFen = kind === 'top_up' ? 6_000 : 4_000
  const walletFen = async (personId: string) => (await campus.payer(personId)).wallet_fen

  async function begin(next: OutsideFault, through = calls) {
    fault(next)
    const personId = await addPerson()
    const transferId = v7()
    const before = movedFen()
    const transfer = transferOf(await through.start(kind, personId, { transferId }))
    return { personId, transferId, before, transfer }
  }

  it('is DECLINED by the bank: final, and the wallet is as before', async () => {
    const { personId, transferId, before, transfer } = await begin('decline')
    expect(transfer).toMatchObject({ status: 'DECLINED' })
    expect(transfer.settledAt).not.toBeNull()
    expect(await walletFen(personId)).toBe(5_000)
    fault('none')
    await finish()
    expect((await calls.get(personId, transferId)).status).toBe('DECLINED')
    expect(movedFen()).toBe(before)
  })

  it('cannot reach the bank: DECLINED at once, for nothing was sent', async () => {
    const { personId, transfer } = await begin('down')
    expect(transfer.status).toBe('DECLINED')
    expect(await walletFen(personId)).toBe(5_000)
  })

  it('meets a silent bank: UNKNOWN, never failed, and the worker finishes it', async () => {
    const { personId, transferId, before, transfer } = await begin('silent')
    expect(transfer).toMatchObject({ status: 'UNKNOWN', settledAt: null })
    expect(await walletFen(personId)).toBe(meanwhileFen)
    await driveDue()
    expect((await calls.get(personId, transferId)).status).toBe('UNKNOWN')
    fault('none')
    await finish()
    expect((await calls.get(personId, transferId)).status).toBe('SUCCEEDED')
    expect(await walletFen(personId)).toBe(afterwardsFen)
    expect(movedFen() - before).toBe(1_000)
  })

  it('that says it moved another amount: UNKNOWN, until it says what was asked for', async () => {
    const { personId, transferId, before, transfer } = await begin('other_amount')
    expect(transfer.status).toBe('UNKNOWN')
    fault('none')
    await finish()
    expect((await calls.get(personId, transferId)).status).toBe('SUCCEEDED')
    expect(movedFen() - before).toBe(1_000)
  })

  it('whose answer comes too late or is dropped is found by query, and done once', async () => {
    const { personId, transferId, before, transfer } = await begin('drop_answer')
    expect(transfer.status).toBe('UNKNOWN')
    fault('none')
    await finish()
    expect((await calls.get(personId, transferId)).status).toBe('SUCCEEDED')
    expect(await walletFen(personId)).toBe(afterwardsFen)
    expect(movedFen() - before).toBe(1_000)
    expect(orders()).toBe(1)
  })

  it('that got lost is sent again under the same reference, so that nothing is done twice', async () => {
    const { personId, transferId, before } = await begin('silent')
    fault('none')
    // The bank does not know of it, is asked again, and that answer is lost too.
    const { bank, gateway } = campus
    const lost = { ok: false, reason: 'UNKNOWN' } as const
    const ports = {
      ...campus.services.ports,
      bank: { ...bank, debit: (it: DebitRequest) => bank.debit(it).then(() => lost) },
      gateway: { ...gateway, payOut: (it: PayoutRequest) => gateway.payOut(it).then(() => lost) },
    }
    await driveDue({ ...campus.services, ports })
    expect(movedFen() - before).toBe(1_000)
    expect((await calls.get(personId, transferId)).status).toBe('UNKNOWN')
    await finish()
    expect((await calls.get(personId, transferId)).status).toBe('SUCCEEDED')
    expect(movedFen() - before).toBe(1_000)
  })

  it('that the network delivers twice is done once, and the no to the repeat is no refusal', async () => {
    const { personId, transferId, before, transfer } = await begin('refuse_repeat')
    expect(transfer.status).toBe('UNKNOWN')
    fault('none')
    await finish()
    expect((await calls.get(personId, transferId)).status).toBe('SUCCEEDED')
    expect(movedFen() - before).toBe(1_000)
  })

  it('waits for a bank that takes its time: PROCESSING until it has decided', async () => {
    const { personId, transferId, transfer } = await begin('processing')
    expect(transfer).toMatchObject({ status: 'PROCESSING', settledAt: null })
    await driveDue()
    expect((await calls.get(personId, transferId)).status).toBe('PROCESSING')
    heal()
    await finish()
    expect((await calls.get(personId, transferId)).status).toBe('SUCCEEDED')
    expect(await walletFen(personId)).toBe(afterwardsFen)
  })

  it('is declined after all by a bank that took its time: the wallet is as before', async () => {
    const { personId, transferId } = await begin('processing')
    fault('none')
    campus.gateway.settlePayouts('DECLINED')
    campus.bank.settle('DECLINED')
    await finish()
    expect((await calls.get(personId, transferId)).status).toBe('DECLINED')
    expect(await walletFen(personId)).toBe(5_000)
  })

  it('that never arrived is called off when its patience ends, never sent late', async () => {
    const { personId, transferId, before } = await begin('silent')
    const sent = orders()
    await campus.db.pool.query(
      `update external_movements set created_at = now() - interval '601 seconds' where state = 'open'`,
    )
    fault('none')
    await finish()
    expect(orders()).toBe(sent)
    expect((await calls.get(personId, transferId)).status).toBe('DECLINED')
    expect(await walletFen(personId)).toBe(5_000)
    expect(movedFen()).toBe(before)
  })

  it('that arrived is not called off, however late the bank is heard of', async () => {
    const { personId, transferId, before } = await begin('drop_answer')
    await campus.db.pool.query(
      `update external_movements set created_at = now() - interval '1 day' where state = 'open'`,
    )
    fault('none')
    await finish()
    expect((await calls.get(personId, transferId)).status).toBe('SUCCEEDED')
    expect(movedFen() - before).toBe(1_000)
  })

  it.each([
    ['before the bank heard of it', false],
    ['when the bank had done it', true],
  ])('survives a core that dies %s', async (_, arrives) => {
    const never = <T>() => new Promise<T>(() => {})
    const { bank, gateway } = campus
    const dying = createTransferCalls(campus, {
      ...campus.services,
      ports: {
        ...campus.services.ports,
        bank: { ...bank, debit: (it) => (arrives ? bank.debit(it) : never()).then(() => never()) },
        gateway: {
          ...gateway,
          payOut: (it) => (arrives ? gateway.payOut(it) : never()).then(() => never()),
        },
      },
    })
    const personId = await addPerson()
    const transferId = v7()
    const before = movedFen()
    void dying.start(kind, personId, { transferId })
    await expect
      .poll(async () => {
        const { rows } = await campus.db.pool.query(
          'select attempt_count from external_movements where movement_id = $1',
          [transferId],
        )
        return rows[0]?.attempt_count
      })
      .toBe(1)
    if (arrives) await expect.poll(movedFen).toBe(before + 1_000)
    expect((await calls.get(personId, transferId)).status).toBe('PROCESSING')
    await finish()
    expect((await calls.get(personId, transferId)).status).toBe('SUCCEEDED')
    expect(await walletFen(personId)).toBe(afterwardsFen)
    expect(movedFen() - before).toBe(1_000)
  })

  it('is done once when the page sends it again while the worker is at it', async () => {
    const { personId, transferId, before } = await begin('drop_answer')
    fault('none')
    await Promise.all([
      finish(),
      ...Array.from({ length: 5 }, () => driveMovement(campus.services, SCHOOL, transferId)),
      calls.start(kind, personId, { transferId }),
    ])
    expect((await calls.get(personId, transferId)).status).toBe('SUCCEEDED')
    expect(movedFen() - before).toBe(1_000)
    expect(await walletFen(personId)).toBe(afterwardsFen)
  })
})

describe('a withdrawal', () => {
  it('to an account that the bank does not know is declined, and the money is back', async () => {
    const personId = await addPerson()
    await campus.db.pool.query(`update bank_cards set token = 'tok-gone' where person_id = $1`, [
      personId,
    ])
    campus.gateway.forgetAccount('tok-gone')
    const transfer = transferOf(await calls.withdraw(personId))
    expect(transfer.status).toBe('DECLINED')
    expect((await campus.payer(personId)).wallet_fen).toBe(5_000)
  })

  it('on its way cannot be spent a second time', async () => {
    const personId = await addPerson()
    campus.gateway.setFault('silent')
    transferOf(await calls.withdraw(personId, { amountFen: 5_000 }))
    expect(await calls.withdraw(personId, { amountFen: 1 })).toEqual({
      refused: 'INSUFFICIENT_FUNDS',
    })
    expect(await readBalance(campus.db.pool, SCHOOL, accountNames.transit('bank'))).toBe(5_000)
  })

  it('paid out by cancelling too late stays paid out', async () => {
    const personId = await addPerson()
    campus.gateway.setFault('drop_answer')
    const { transferId } = transferOf(await calls.withdraw(personId))
    campus.gateway.setFault('none')
    const reference = `wd-${SCHOOL}-${transferId}`
    expect(await campus.gateway.cancelPayout(reference)).toMatchObject({
      value: { status: 'SUCCEEDED' },
    })
    await finish()
    expect((await calls.get(personId, transferId)).status).toBe('SUCCEEDED')
  })
})

it('a transfer is not declined for an unsent first attempt once there was a second', async () => {
  const personId = await addPerson()
  const transferId = v7()
  const { rows } = await campus.db.pool.query(
    'select card_id from bank_cards where person_id = $1',
    [personId],
  )
  await inTransaction(campus.db.pool, (tx) =>
    writeTransfer(campus.services, tx, {
      schoolId: SCHOOL,
      personId,
      transferId,
      kind: 'top_up',
      cardId: rows[0].card_id,
      amountFen: 1_000,
    }),
  )
  const first = await beginAttempt(campus.db.pool, SCHOOL, transferId)
  await beginAttempt(campus.db.pool, SCHOOL, transferId)
  if (!first) throw new Error('the movement is not open')
  await declineUnsent(campus.services, first)
  expect((await calls.get(personId, transferId)).status).toBe('PROCESSING')
})

async function driveDue(services = campus.services) {
  await campus.db.pool.query('update external_movements set next_attempt_at = now()')
  await driveDueMovements(services)
}
