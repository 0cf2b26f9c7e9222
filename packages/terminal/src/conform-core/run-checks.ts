import { type Check, NotConforming, Skipped } from './check.ts'
import { codeChecks } from './checks/codes.ts'
import { deviceChecks } from './checks/devices.ts'
import { eventChecks } from './checks/events.ts'
import { paymentChecks } from './checks/payments.ts'
import { peopleChecks } from './checks/people.ts'
import { reversalChecks } from './checks/reversals.ts'
import { serviceChecks } from './checks/service.ts'
import { signatureChecks } from './checks/signatures.ts'
import type { World } from './world.ts'

/** Everything that is checked, by subject. */
export const allChecks: Record<string, readonly Check[]> = {
  service: serviceChecks,
  signatures: signatureChecks,
  people: peopleChecks,
  codes: codeChecks,
  payments: paymentChecks,
  'reversals and refunds': reversalChecks,
  'events and bill': eventChecks,
  phones: deviceChecks,
}

export interface Counts {
  passed: number
  failed: number
  skipped: number
}

/** Makes the checks one after the other, prints a line for each, and undoes what they paid. */
export async function runChecks(
  world: World,
  groups: Record<string, readonly Check[]>,
  print: (line: string) => void,
): Promise<Counts> {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 }
  for (const [group, checks] of Object.entries(groups)) {
    print(`\n${group}`)
    for (const { name, rule, run } of checks) {
      const line = `${name} (${rule})`
      try {
        await run(world)
        counts.passed++
        print(`  ok    ${line}`)
      } catch (error) {
        if (error instanceof Skipped) {
          counts.skipped++
          print(`  skip  ${line}\n        ${error.message}`)
        } else {
          counts.failed++
          print(`  FAIL  ${line}\n        ${explain(error)}`)
        }
      }
      await world.undoAll().catch(() => {})
    }
  }
  return counts
}

/** Messages of other errors could quote what was sent. */
function explain(error: unknown): string {
  if (error instanceof NotConforming) return error.message
  return `the check itself broke off (${error instanceof Error ? error.name : 'fault'})`
}
