import { type Check, demand, NotConforming, Skipped } from './check.ts'
import { accessChecks } from './checks/access.ts'
import { codeChecks } from './checks/codes.ts'
import { deviceChecks } from './checks/devices.ts'
import { eventChecks } from './checks/events.ts'
import { gateChecks } from './checks/gates.ts'
import { identityChecks } from './checks/identity.ts'
import { paymentChecks } from './checks/payments.ts'
import { peopleChecks } from './checks/people.ts'
import { reversalChecks } from './checks/reversals.ts'
import { serviceChecks } from './checks/service.ts'
import { signatureChecks } from './checks/signatures.ts'
import { ticketChecks } from './checks/tickets.ts'
import { tokenChecks } from './checks/tokens.ts'
import type { World } from './world.ts'

/** Everything that is checked, by subject. */
export const allChecks: Record<string, readonly Check[]> = {
  service: serviceChecks,
  signatures: signatureChecks,
  people: peopleChecks,
  tickets: ticketChecks,
  codes: codeChecks,
  payments: paymentChecks,
  'cards and faces': tokenChecks,
  'reversals and refunds': reversalChecks,
  'events and bill': eventChecks,
  phones: deviceChecks,
  gates: gateChecks,
  'access codes': accessChecks,
  'identity codes': identityChecks,
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
  const before = await world.readBalances().catch(() => undefined)
  for (const [group, checks] of Object.entries({
    ...groups,
    afterwards: [keepsBalances(before)],
  })) {
    print(`\n${group}`)
    for (const check of checks) {
      const { verdict, lines } = await runCheck(world, check)
      counts[verdict]++
      for (const line of lines) print(line)
      await world.undoAll().catch(() => {})
    }
  }
  return counts
}

export async function runCheck<W>(
  world: W,
  { name, rule, run }: Check<W>,
): Promise<{ verdict: keyof Counts; lines: string[] }> {
  const line = `${name} (${rule})`
  try {
    await run(world)
    return { verdict: 'passed', lines: [`  ok    ${line}`] }
  } catch (error) {
    if (error instanceof Skipped) {
      return { verdict: 'skipped', lines: [`  skip  ${line}`, `        ${error.message}`] }
    }
    return { verdict: 'failed', lines: [`  FAIL  ${line}`, `        ${explain(error)}`] }
  }
}

function keepsBalances(before: string | undefined): Check {
  return {
    name: 'has every balance as it was before these checks',
    rule: 'R33: undone means net zero',
    async run(world) {
      if (before === undefined) throw new Skipped('the balances could not be read')
      demand((await world.readBalances()) === before, 'a balance is another')
    },
  }
}

/** Messages of other errors could quote what was sent. */
function explain(error: unknown): string {
  if (error instanceof NotConforming) return error.message
  return `the check itself broke off (${error instanceof Error ? error.name : 'fault'})`
}
