import type { Accounts } from '@campus-ecode/protocol/accounts'
import type { IssuedCode } from '@campus-ecode/protocol/issued-codes'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CoreClient } from './core-client.ts'
import { PageClient } from './page-client.ts'
import { beginMinuteAnew } from './pass-time.ts'
import { findPerson } from './people.ts'
import { readDemo, System } from './system.ts'
import { Till } from './till.ts'

// Its own system, because it is stopped and killed.
describe('starting again keeps every balance', () => {
  let system: System
  beforeAll(async () => {
    system = await System.create()
    await system.start()
  })
  afterAll(async () => {
    await system.stop()
    system.remove()
  })

  it('after it was told to stop, and nothing is left over', async () => {
    const before = await payAndRead()
    expect(await system.stop()).toBe(0)
    await system.start()
    expect(await readAll()).toEqual(before)
  })

  it('after kill -9', async () => {
    const before = await payAndRead()
    await system.kill()
    await system.start()
    expect(await readAll()).toEqual(before)
  })

  it.runIf(process.platform === 'linux')(
    'after the power failed, database and all, in the middle of paying',
    async () => {
      const before = await payAndRead()
      const page = await openPage('罗一鸣')
      const till = new Till(system.urls.dataDir)
      const orderNo = till.newOrderNo()
      const code = await issueCode(page)
      const [terminal] = readDemo(system.urls.dataDir).terminals
      if (!terminal) throw new Error('the demo has a terminal')
      const core = new CoreClient(system.urls.coreUrl, terminal)
      const paying = core.call('POST', '/v1/payments', { orderNo, amountFen: 100, code })
      await Promise.all([paying.catch(() => undefined), system.cutPower()])
      await system.start()
      // However long that took: otherwise the code could be too old by now.
      const { dataDir } = system.urls
      await beginMinuteAnew(dataDir, findPerson(readDemo(dataDir), '罗一鸣').id)
      // Asked again, the order is paid now, if it was not before: once.
      const settled = await till.pay(code, '1.00', orderNo)
      expect(settled).toMatchObject({ exitCode: 0, line: { status: 'PAID', amountFen: 115 } })
      const after = await readAll()
      expect(after).toEqual({
        ...before,
        罗一鸣: { ...before.罗一鸣, wallet: (before.罗一鸣?.wallet ?? 0) - 115 },
      })
    },
  )

  /** Moves some money at every place that keeps some, then reads all of it. */
  async function payAndRead() {
    const till = new Till(system.urls.dataDir)
    for (const [name, account] of [
      ['沈砚秋', 'wallet'],
      ['沈砚秋', 'one_card'],
      ['周子昂', 'wallet'],
    ] as const) {
      const code = await issueCode(await openPage(name), account)
      expect(await till.pay(code, '7.00')).toMatchObject({ exitCode: 0 })
    }
    return readAll()
  }

  async function readAll() {
    const balances: Record<string, Record<string, number | null>> = {}
    for (const { name } of readDemo(system.urls.dataDir).people) {
      const page = await openPage(name)
      const { accounts } = (await (await page.call('GET', '/v1/me/accounts')).json()) as Accounts
      balances[name] = Object.fromEntries(
        accounts.map(({ account, balanceFen }) => [account, balanceFen]),
      )
    }
    expect(Object.keys(balances).length).toBeGreaterThan(5)
    return balances
  }

  function openPage(name: string): Promise<PageClient> {
    const demo = readDemo(system.urls.dataDir)
    return PageClient.open({
      bffUrl: demo.bffUrl,
      origin: demo.demoUrl,
      school: demo.school,
      cardNo: findPerson(demo, name).cardNo,
    })
  }

  async function issueCode(page: PageClient, account = 'wallet'): Promise<string> {
    const answer = await page.call('POST', '/v1/me/codes', { body: { account } })
    return ((await answer.json()) as IssuedCode).code
  }
})
