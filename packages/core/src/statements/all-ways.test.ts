import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { v7 } from 'uuid'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { matchDay } from '../matching/match-day.ts'
import { driveDueMovements } from '../movements/worker.ts'
import { approve, setPassword } from '../testing/approvals.ts'
import { SCHOOL } from '../testing/campus.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'
import { dayBefore, shiftOneDayBack } from '../testing/shift-days.ts'
import { createShowers } from '../testing/showers.ts'
import { addUtility } from '../testing/utilities.ts'
import { writeStatement } from './write-statement.ts'

let core: HttpCore
let out: string
beforeAll(async () => {
  core = await createHttpCore()
  out = await mkdtemp(join(tmpdir(), 'statements-'))
})
afterAll(async () => {
  await core.close()
  await rm(out, { recursive: true })
})

it('R34: a statement has every way to pay, and WeChat’s bill matches it', async () => {
  const showers = createShowers(core)
  const shower = await showers.addShower()
  const { bathNo } = await showers.addBather()
  const sessionNo = await showers.begin(shower, bathNo)
  await showers.pass(sessionNo, 300)
  await showers.end(shower, sessionNo, 20_000)

  const { personId } = await core.addPerson()
  const code = core.wechat.showCode(await core.bindWechat(personId))
  await core.pay({ orderNo: 'wechat', amountFen: 1_000, code })
  await core.refund('wechat', 'r1', 300)
  await core.signAgreement(personId)
  await core.pay({ orderNo: 'card', amountFen: 500, token: await core.giveToken(personId) })

  await setPassword(core, personId)
  const utilityId = await addUtility(core)
  const begun = await core.call('topUpUtility', {
    params: { personId, utilityId },
    body: { topUpId: v7(), accountNo: '3-0412', amountFen: 5_000 },
  })
  core.utility.setFault('refuse')
  const { paymentId } = begun.body.entry
  const approvalId = await approve(core, personId, { kind: 'pay', paymentId })
  await core.call('confirmPayment', { params: { personId, paymentId }, body: { approvalId } })
  await core.db.pool.query(`update external_movements set next_attempt_at = now()`)
  await driveDueMovements(core.services)

  await shiftOneDayBack(core.db.pool)
  const day = await dayBefore(core.db.pool, 1)
  const scope = { schoolId: SCHOOL, day, merchantId: null }
  const written = await writeStatement(core.services, scope, { out })
  if ('refused' in written) throw new Error(written.refused)
  expect(written.statement.total).toMatchObject({
    ...{ paymentCount: 4, paymentFen: 200 + 1_000 + 500 + 5_000 },
    ...{ refundCount: 2, refundFen: 300 + 5_000 },
  })
  const channels = written.statement.merchants.flatMap((merchant) =>
    merchant.channels.map(({ channel, netFen }) => `${channel} ${netFen}`),
  )
  expect(channels.sort()).toEqual(['wallet 0', 'wallet 200', 'wallet 500', 'wechat 700'])

  const { rows } = await core.db.pool.query<{ reference: string; fen: number }>(
    `select reference, case kind when 'refund' then -amount_fen else amount_fen end as fen
       from external_movements where port = 'wechat'`,
  )
  expect(rows).toHaveLength(2)
  const matched = await matchDay(core.db, { schoolId: SCHOOL, port: 'wechat', day }, () => rows)
  expect(matched).toMatchObject({ matched: { here_fen: 700, there_fen: 700 }, differences: [] })
})
