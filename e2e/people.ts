import { mkdir, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Demo } from '@campus-ecode/protocol/demo'
import { afterAll, beforeAll, inject } from 'vitest'
import type { Service } from './sandbox.ts'

export type DemoPerson = Demo['people'][number]

export function findPerson(demo: Demo, name: string): DemoPerson {
  const person = demo.people.find((each) => each.name === name)
  if (!person) throw new Error(`the demo campus has nobody called ${name}`)
  return person
}

/**
 * Says whose phones a file holds. Files run side by side, and a person has one issued code and one
 * day's limit at a time, so a file waits until nobody else has its people.
 *
 * @param system Where they live; the one in which people pay, if left out.
 */
export function takePeople(names: readonly string[], { dataDir } = inject('system')): void {
  takeAlone(names, dataDir)
}

/**
 * Says which outside services a file breaks, or cannot do without: they are one for all files. A file
 * that has people takes those before, so that two files never wait for each other.
 */
export function takeServices(names: readonly Service[]): void {
  takeAlone(names, inject('system').dataDir)
}

function takeAlone(names: readonly string[], dataDir: string): void {
  // In one order everywhere, so that two files never wait for each other.
  const places = names.toSorted().map((name) => join(dataDir, `e2e-${name}`))
  beforeAll(async () => {
    for (const place of places) while (!(await take(place))) await sleep(200)
  }, 900_000)
  afterAll(async () => {
    for (const place of places) await rmdir(place)
  })
}

/** Making a folder succeeds for one of all who try. */
async function take(place: string): Promise<boolean> {
  try {
    await mkdir(place)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}
