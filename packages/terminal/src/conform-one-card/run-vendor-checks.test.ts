import { createSigningKey } from '@campus-ecode/protocol/signing-key'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type Defect,
  ONE_CARD_ACCOUNT,
  ONE_CARD_PASSWORD,
  oneCardKey,
  startFakeOneCard,
} from '../testing/fake-one-card.ts'
import { runVendorChecks } from './run-vendor-checks.ts'
import { Vendor } from './vendor.ts'

let fake: Awaited<ReturnType<typeof startFakeOneCard>>
beforeEach(async () => {
  fake = await startFakeOneCard()
})
afterEach(() => fake.close())

async function run({
  secret = oneCardKey.secret,
  account = ONE_CARD_ACCOUNT,
  url = fake.url,
  password = ONE_CARD_PASSWORD as string | undefined,
} = {}) {
  const lines: string[] = []
  const key = createSigningKey({ ...oneCardKey, secret })
  const vendor = new Vendor({ url, account, key, password: password || undefined })
  const counts = await runVendorChecks(vendor, (line) => lines.push(line))
  await vendor.close()
  return { ...counts, failures: lines.filter((line) => line.startsWith('  FAIL')), lines }
}

describe('conform-one-card', () => {
  it('passes a system that does everything right', async () => {
    const { passed, failed, lines } = await run()
    expect({ failed, lines }).toMatchObject({ failed: 0 })
    expect(passed).toBe(29)
  })

  it('leaves passwords alone that it is not given', async () => {
    const { passed, failed, skipped, lines } = await run({ password: '' })
    expect([passed, failed, skipped]).toEqual([27, 0, 2])
    expect(lines.join()).toContain('CARD_PASSWORD')
  })

  it.each<[Defect, string]>([
    ['takes unsigned calls', 'refuses a call without a signature'],
    ['takes unsigned calls', 'refuses a signature under another secret'],
    ['takes unsigned calls', 'refuses a signature of two minutes ago'],
    ['takes unsigned calls', 'refuses a call that was changed'],
    ['takes what repeats', 'takes the amount, once for each reference'],
    ['takes what repeats', 'takes once when repeats come all at the same time'],
    ['takes under a used reference', 'refuses other content under a reference'],
    ['takes more than there is', 'declines what the account does not cover'],
    ['takes any amount', 'takes no amount that is none'],
    ['forgets what never arrived', 'never takes what was reversed before it arrived'],
    ['gives back twice', 'gives back a part, once for each refund reference'],
    ['gives back more than it took', 'never gives back more than it took'],
    ['undoes what was refunded', 'does not undo a debit of which a part was given back'],
    ['does not sign answers', 'tells what an account holds'],
    ['cuts files short', 'has the file of yesterday, whole'],
    ['mixes days up', 'has the file of yesterday, whole'],
    ['has files of today', 'has no file of a day that is not over'],
    ['knows every reference', 'tells what became of a debit, and that it knows no other'],
    ['knows everybody', 'tells who holds a number, and knows no other'],
    ['takes any password', 'knows the right password from a wrong one'],
    ['takes any password', 'tells a number that nobody has from a wrong password by nothing'],
    ['takes no password', 'knows the right password from a wrong one'],
  ])('finds it when a system %s: %s', async (defect, check) => {
    fake.defects.add(defect)
    const { failures } = await run()
    expect(failures.join('\n')).toContain(`  FAIL  ${check}`)
  })

  it('fails where there is nobody, or with another key or account', async () => {
    for (const wrong of [
      { url: 'http://127.0.0.1:1' },
      { secret: Buffer.alloc(32, 6).toString('base64url') },
      { account: 'nobody' },
    ]) {
      expect((await run(wrong)).failed).toBeGreaterThan(10)
    }
  })
})
