import type { SessionProvider } from '../options.ts'
import { createEngine, type Engine, type Identity } from './engine.ts'
import { watchPage } from './page.ts'

/** React's StrictMode, and routers, take a widget away only to bring it back at once. */
const GRACE_MS = 1_000

interface Entry {
  engine: Engine
  users: number
  ending?: ReturnType<typeof setTimeout>
}

const people = new Map<string, Entry>()

/**
 * One engine for all widgets of a person on this page: one session, and one code, since each issued
 * code ends the one before.
 *
 * @returns The engine, and how to let go of it.
 */
export function shareEngine(
  identity: Identity,
  provider: SessionProvider,
  fetchLater: Parameters<typeof createEngine>[3],
): { engine: Engine; release: () => void } {
  const name = JSON.stringify([identity.baseUrl, identity.school, identity.subject])
  let entry = people.get(name)
  if (entry?.engine.model.session.value.kind === 'signed_out') entry = undefined
  if (entry) entry.engine.use(provider)
  else {
    entry = { engine: createEngine(identity, provider, watchPage(), fetchLater), users: 0 }
    people.set(name, entry)
  }
  const shared = entry
  clearTimeout(shared.ending)
  shared.users++
  let released = false
  return {
    engine: shared.engine,
    release() {
      if (released) return
      released = true
      if (--shared.users) return
      shared.ending = setTimeout(() => {
        shared.engine.stop()
        if (people.get(name) === shared) people.delete(name)
      }, GRACE_MS)
    },
  }
}
