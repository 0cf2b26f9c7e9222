import { chromium } from 'playwright'
import { afterAll, inject } from 'vitest'
import { findPerson } from './people.ts'
import { Phone, type PhoneOptions } from './phone.ts'
import { Sandbox } from './sandbox.ts'
import { readDemo } from './system.ts'
import { Till } from './till.ts'

/** What every file of flows works with: the running system, and the one browser. */
export const system = inject('system')
export const demo = readDemo(system.dataDir)
export const sandbox = new Sandbox(system.sandboxUrl)
/** The first window of the canteen, where students pay nine tenths. */
export const till = new Till(system.dataDir)
export const browser = await chromium.connect(inject('browserEndpoint'))
afterAll(() => browser.close())

/** Opens the demo's plain host page as a person of the demo campus. */
export function openPhone(
  name: string,
  options: Omit<PhoneOptions, 'demoUrl' | 'person'> = {},
): Promise<Phone> {
  return Phone.open(browser, {
    ...options,
    demoUrl: system.demoUrl,
    person: findPerson(demo, name).id,
  })
}
