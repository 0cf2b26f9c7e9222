import type { Demo } from '@campus-ecode/protocol/demo'

export type DemoPerson = Demo['people'][number]

/**
 * A person of the demo campus. Files run side by side and a person has one code and one day's limit
 * at a time, so no two files take the same one.
 */
export function findPerson(demo: Demo, name: string): DemoPerson {
  const person = demo.people.find((each) => each.name === name)
  if (!person) throw new Error(`the demo campus has nobody called ${name}`)
  return person
}
