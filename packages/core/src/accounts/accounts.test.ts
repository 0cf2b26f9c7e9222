import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'

let core: HttpCore
beforeAll(async () => {
  core = await createHttpCore()
})
afterAll(() => core.close())

describe('getAccounts', () => {
  it('tells both balances, the fallback card and what the day still allows (R7, R13, R15)', async () => {
    const { personId } = await core.addPerson({ walletFen: 12_840, bankCard: true })
    const code = await core.issueCode(personId)
    await core.pay({ orderNo: 'accounts-1', amountFen: 840, code })
    const { body } = await core.call('getAccounts', { params: { personId } })
    expect(body).toEqual({
      accounts: [
        { account: 'wallet', status: 'open', balanceFen: 12_000, asOf: expect.any(String) },
        { account: 'one_card', status: 'open', balanceFen: 5620, asOf: expect.any(String) },
      ],
      defaultAccount: 'wallet',
      fallbackCard: { bankName: '建设银行', tail: '1234' },
      limits: { singleFen: 20_000, dailyFen: 100_000, spentTodayFen: 840 },
    })
  })

  it('forgets yesterday’s spending at midnight in Shanghai', async () => {
    const { personId } = await core.addPerson()
    await core.pay({ orderNo: 'accounts-2', amountFen: 100, code: await core.issueCode(personId) })
    await core.services.db.pool.query(
      'update payers set spent_on = spent_on - 1 where person_id = $1',
      [personId],
    )
    const { body } = await core.call('getAccounts', { params: { personId } })
    expect(body.limits.spentTodayFen).toBe(0)
  })

  it('keeps the wallet when the one-card system is down or silent (R8)', async () => {
    const { personId } = await core.addPerson()
    for (const fault of ['down', 'silent'] as const) {
      core.oneCard.setFault(fault)
      const { status, body } = await core.call('getAccounts', { params: { personId } })
      expect(status).toBe(200)
      expect(body.accounts).toMatchObject([
        { account: 'wallet', status: 'open', balanceFen: 10_000 },
        { account: 'one_card', status: 'unavailable', balanceFen: null, asOf: null },
      ])
    }
    core.oneCard.setFault('none')
  })

  it('has an account not open of which the one-card system does not know yet (R7)', async () => {
    const { personId } = await core.addPerson()
    core.oneCard.setFault('no_account')
    const { body } = await core.call('getAccounts', { params: { personId } })
    core.oneCard.setFault('none')
    expect(body.accounts).toMatchObject([
      { account: 'wallet', status: 'open' },
      { account: 'one_card', status: 'not_open', balanceFen: null, asOf: null },
    ])
  })

  it('says which account is not open, and does not ask for it', async () => {
    const { personId } = await core.addPerson({
      wallet: 'not_open',
      walletFen: 0,
      oneCardStatus: 'not_open',
    })
    const before = core.oneCard.calls.length
    const { body } = await core.call('getAccounts', { params: { personId } })
    expect(body.accounts).toMatchObject([
      { status: 'not_open', balanceFen: null },
      { status: 'not_open', balanceFen: null },
    ])
    expect(core.oneCard.calls).toHaveLength(before)
  })
})

describe('chooseDefaultAccount', () => {
  it('changes which account a new code names first (R7)', async () => {
    const { personId } = await core.addPerson()
    const params = { personId }
    const { body } = await core.call('chooseDefaultAccount', {
      params,
      body: { account: 'one_card' },
    })
    expect(body.defaultAccount).toBe('one_card')
    expect((await core.call('getAccounts', { params })).body.defaultAccount).toBe('one_card')
  })

  it('ACCOUNT_NOT_OPEN for an account that is not, and nothing changes', async () => {
    const { personId } = await core.addPerson({ oneCardStatus: 'not_open' })
    const params = { personId }
    const body = { account: 'one_card' }
    expect(await core.refused('chooseDefaultAccount', { params, body })).toBe('ACCOUNT_NOT_OPEN')
    expect((await core.call('getAccounts', { params })).body.defaultAccount).toBe('wallet')
  })
})
