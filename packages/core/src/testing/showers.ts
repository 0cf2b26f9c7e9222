import { randomBytes } from 'node:crypto'
import type { PriceRule, WaterTariff } from '@campus-ecode/protocol/campus'
import type { SigningKey } from '@campus-ecode/protocol/signing-key'
import { v7 } from 'uuid'
import { inTransaction } from '../db/database.ts'
import { waterPasswordContext } from '../passwords/contexts.ts'
import { findWaterPassword, storeWaterPassword } from '../water/password-store.ts'
import { SCHOOL } from './campus.ts'
import type { HttpCore } from './http-core.ts'
import { sealDigits } from './seal-digits.ts'

export const WATER_PASSWORD = '580362'

/** A shower with a key, and what became of it is told as its controller hears it. */
export interface TestShower {
  terminalId: string
  merchantId: string
  key: SigningKey
}

/** People under showers, on the campus of a test. */
export function createShowers(core: HttpCore) {
  const { pool } = core.services.db

  /** At a merchant of its own. */
  async function addShower(
    tariff: Partial<WaterTariff> = {},
    { rules = [] as PriceRule[], campus = null as string | null } = {},
  ): Promise<TestShower> {
    const terminal = await core.addTerminal()
    const merchantId = v7()
    await pool.query(
      `insert into merchants (school_id, merchant_id, name, price_rules, campus)
       values ($1, $2, $3, $4, $5)`,
      [SCHOOL, merchantId, `浴室 ${merchantId.slice(-4)}`, JSON.stringify(rules), campus],
    )
    const water: WaterTariff = {
      ...{ fenPer10Litres: 100, holdFen: 1_500, litresPerMinuteMax: 20 },
      ...tariff,
    }
    await pool.query(
      `update terminals set kind = 'shower', name = '1号', merchant_id = $2, water = $3
        where terminal_id = $1`,
      [terminal.terminalId, merchantId, JSON.stringify(water)],
    )
    return { terminalId: terminal.terminalId, merchantId, key: (await core.giveKey(terminal)).key }
  }

  /** A person with a water password; its bath number. */
  async function addBather(options: Parameters<HttpCore['addPerson']>[0] = {}) {
    const { personId } = await core.addPerson(options)
    const { keys } = core.services
    const aad = randomBytes(100)
    const sealed = await sealDigits(Buffer.from(await keys.keypadPublicKey()), aad, WATER_PASSWORD)
    const made = await keys.hashPassword(waterPasswordContext(SCHOOL, personId), sealed, aad)
    if (typeof made === 'string') throw new Error(made)
    await inTransaction(pool, (tx) => storeWaterPassword(tx, SCHOOL, personId, made.hash))
    const password = await findWaterPassword(pool, SCHOOL, personId)
    return { personId, bathNo: password?.bath_no ?? '' }
  }

  const start = (
    { key }: TestShower,
    bathNo: string,
    { sessionNo = v7(), waterPassword = WATER_PASSWORD } = {},
  ) => core.call('startWater', { key, body: { sessionNo, bathNo, waterPassword } })

  const meter = ({ key }: TestShower, sessionNo: string, seq: number, totalMl: number) =>
    core.call('meterWater', { key, params: { sessionNo }, body: { seq, totalMl } })

  const end = ({ key }: TestShower, sessionNo: string, totalMl: number) =>
    core.call('endWater', { key, params: { sessionNo }, body: { totalMl } })

  const look = ({ key }: TestShower, sessionNo: string) =>
    core.call('getWater', { key, params: { sessionNo } })

  return {
    addShower,
    addBather,
    start,
    meter,
    end,
    look,
    /** A shower that runs. */
    async begin(shower: TestShower, bathNo: string): Promise<string> {
      const { status, body } = await start(shower, bathNo)
      if (status !== 201) throw new Error(body.code)
      return body.sessionNo
    },
    /** As if it had begun, been heard of, and seen water so much earlier. */
    async pass(sessionNo: string, seconds: number, { heard = 0, flowed = 0 } = {}) {
      await pool.query(
        `update water_sessions
            set started_at = started_at - make_interval(secs => $2),
                heard_at = heard_at - make_interval(secs => $3),
                flowed_at = flowed_at - make_interval(secs => $4)
          where session_no = $1`,
        [sessionNo, seconds, heard, flowed],
      )
    },
  }
}
export type Showers = ReturnType<typeof createShowers>
