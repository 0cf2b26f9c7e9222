import { type Check, demand } from '../conform-core/check.ts'
import { type Counts, runCheck } from '../conform-core/run-checks.ts'
import { debitChecks } from './debit-checks.ts'
import { fileChecks } from './file-checks.ts'
import { peopleChecks } from './people-checks.ts'
import { refundChecks } from './refund-checks.ts'
import { signatureChecks } from './signature-checks.ts'
import type { Vendor } from './vendor.ts'

const groups: Record<string, readonly Check<Vendor>[]> = {
  signatures: signatureChecks,
  'balances and debits': debitChecks,
  refunds: refundChecks,
  people: peopleChecks,
  'the daily file': fileChecks,
}

/** Makes the checks one after the other, prints a line for each, and undoes what they took. */
export async function runVendorChecks(
  vendor: Vendor,
  print: (line: string) => void,
): Promise<Counts> {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 }
  const before = await vendor.readBalanceFen().catch(() => undefined)
  const afterwards: Check<Vendor>[] = [
    {
      name: 'has the balance as it was before these checks',
      rule: 'R33: undone means net zero',
      async run() {
        demand(before !== undefined, 'the balance could not be read before')
        demand((await vendor.readBalanceFen()) === before, 'the balance is another')
      },
    },
  ]
  for (const [group, checks] of Object.entries({ ...groups, afterwards })) {
    print(`\n${group}`)
    for (const check of checks) {
      const { verdict, lines } = await runCheck(vendor, check)
      counts[verdict]++
      for (const line of lines) print(line)
      await vendor.undoAll().catch(() => {})
    }
  }
  return counts
}
