import { v7 } from 'uuid'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { createTestCampus, paymentOf, type TestCampus } from '../testing/campus.ts'
import { startMovementWorker } from './worker.ts'

let campus: TestCampus
beforeAll(async () => {
  campus = await createTestCampus()
})
afterAll(() => campus.close())

/** As many as are claimed at once. */
const CLAIMED = 20

it('goes on with each outside system while another one hangs', async () => {
  campus.bank.setFault('silent')
  for (let paid = 0; paid < CLAIMED; paid++) {
    const { personId } = await campus.addPerson({ walletFen: 0, bankCard: true })
    const code = await campus.issueCode(personId)
    await campus.pay({ orderNo: v7(), amountFen: 100, code })
  }
  const { personId } = await campus.addPerson()
  campus.wechat.askPassword(true)
  const code = campus.wechat.showCode(await campus.bindWechat(personId))
  const orderNo = v7()
  await campus.pay({ orderNo, amountFen: 100, code })
  await campus.db.pool.query(
    `update external_movements
        set next_attempt_at = now() - case port when 'bank' then interval '1 minute' else '0' end`,
  )

  campus.wechat.settle('SUCCEEDED')
  let hangUp = () => {}
  const hanging = new Promise<void>((done) => {
    hangUp = done
  })
  const { bank } = campus.services.ports
  const query = async (reference: string) => hanging.then(() => bank.query(reference))
  const ports = { ...campus.services.ports, bank: { ...bank, query } }
  const worker = startMovementWorker({ ...campus.services, ports })
  try {
    await vi.waitFor(
      async () => {
        const order = paymentOf((await campus.query(orderNo)) as never)
        expect(order.status).toBe('PAID')
      },
      { timeout: 20_000, interval: 100 },
    )
  } finally {
    hangUp()
    await worker.stop()
  }
})
