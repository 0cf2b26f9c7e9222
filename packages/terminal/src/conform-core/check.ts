import type { World } from './world.ts'

/** One thing that a core must do, or whoever else. Checks stand alone: each makes its own orders and codes. */
export interface Check<W = World> {
  /** A sentence about the core, without a subject: "refuses a call without a signature". */
  name: string
  /** Where it is written: a rule, a standard or a document. */
  rule: string
  run(world: W): Promise<void>
}

/** The core did something else. The message says what, without codes, keys or tokens. */
export class NotConforming extends Error {
  override name = 'NotConforming'
}

/** The check cannot be made here, and why. */
export class Skipped extends Error {
  override name = 'Skipped'
}

/** Throws NotConforming with the sentence when the condition does not hold. */
export function demand(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new NotConforming(otherwise)
}
