import { chromium } from 'playwright'
import { afterAll, inject } from 'vitest'
import { findPerson } from './people.ts'
import { Phone, type PhoneOptions } from './phone.ts'
import { Sandbox } from './sandbox.ts'
import { readDemo, type SystemUrls } from './system.ts'
import { Till } from './till.ts'

export const browser = await chromium.connect(inject('browserEndpoint'))
afterAll(() => browser.close())

/** What flows work with: a running system, and the one browser. */
export function setStage(system: SystemUrls) {
  const demo = readDemo(system.dataDir)
  return {
    system,
    demo,
    sandbox: new Sandbox(system.sandboxUrl),
    /** The first window of the canteen, where students pay nine tenths. */
    till: new Till(system.dataDir),
    /** Opens the demo's plain host page as a person of the demo campus. */
    openPhone(name: string, options: Omit<PhoneOptions, 'demoUrl' | 'person'> = {}) {
      const person = findPerson(demo, name).id
      return Phone.open(browser, { ...options, demoUrl: system.demoUrl, person })
    },
  }
}

/** The system that all files share. */
export const { system, demo, sandbox, till, openPhone } = setStage(inject('system'))
