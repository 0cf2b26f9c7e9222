import type { ECodeEvents } from '../ecode.ts'
import type { ECodeOptions } from '../options.ts'

/** Options that may change while a widget stands; the others make another widget. */
export type Changeable = Exclude<keyof ECodeOptions, 'school' | 'subject' | 'baseUrl'>
export type EventName = keyof ECodeEvents

// Written as records, so that an option or an event that is added is missed here by the compiler.
const options: Record<Changeable, true> = {
  session: true,
  screen: true,
  screens: true,
  locale: true,
  theme: true,
  texts: true,
  host: true,
}
const events: Record<EventName, true> = {
  ready: true,
  screen: true,
  session: true,
  paid: true,
  refused: true,
  access: true,
  error: true,
}

export const changeable = Object.keys(options) as Changeable[]
export const eventNames = Object.keys(events) as EventName[]

/** What of a component's properties may change, absent ones included: those go back to the default. */
export function pickChangeable(from: Partial<ECodeOptions>): Partial<ECodeOptions> {
  return Object.fromEntries(changeable.map((name) => [name, from[name]]))
}
