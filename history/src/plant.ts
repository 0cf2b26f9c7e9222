import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { PromiseName } from './check-history.ts'
import type { Step } from './disturbances.ts'

const CORE_DIR = fileURLToPath(new URL('../../packages/core', import.meta.url))

/** A core that is wrong on purpose: how a copy of the real one is changed, place by place. */
export interface PlantedFault {
  name: string
  /** What a developer might have done. */
  what: string
  /** What has to be broken for it to show, where the traffic alone does not do it. */
  programme?: Step[]
  /** Of traffic, where it needs more than others. */
  seconds?: number
  /** The promise that it breaks most plainly; others may break with it. */
  breaks: PromiseName
  places: Place[]
}

export interface Place {
  /** Below packages/core. */
  file: string
  /** Stands there exactly once. */
  find: string
  replace: string
}

/**
 * Copies the compiled core and its migrations, and plants the fault in the copy. The real one has no
 * switch for any of this.
 *
 * Throws when a text is not found exactly once: then the core has changed and the fault has to follow.
 *
 * @returns The copy's folder, from which a core can be started. Below the core's node_modules, so that
 * it finds the same libraries.
 */
export function plantFault({ name, places }: PlantedFault, coreDir = CORE_DIR): string {
  const planted = join(coreDir, 'node_modules', `.planted-${name}`)
  rmSync(planted, { recursive: true, force: true })
  mkdirSync(planted, { recursive: true })
  for (const part of ['dist', 'migrations', 'package.json']) {
    cpSync(join(coreDir, part), join(planted, part), {
      recursive: true,
      filter: (file) => !/\.test\.|\.map$|\.d\.ts$/.test(file),
    })
  }
  for (const place of places) {
    const file = join(planted, place.file)
    writeFileSync(file, replaceOnce(readFileSync(file, 'utf8'), place, name))
  }
  return planted
}

export function removePlanted(planted: string): void {
  rmSync(planted, { recursive: true, force: true })
}

/** Throws unless the fault could be planted as the core is now. */
export function assertPlantable({ name, places }: PlantedFault, coreDir = CORE_DIR): void {
  for (const place of places) {
    replaceOnce(readFileSync(join(coreDir, place.file), 'utf8'), place, name)
  }
}

function replaceOnce(text: string, { file, find, replace }: Place, name: string): string {
  const count = text.split(find).length - 1
  if (count !== 1) {
    throw new Error(`${name} cannot be planted: ${file} has its place ${count} times`)
  }
  return text.replace(find, () => replace)
}
