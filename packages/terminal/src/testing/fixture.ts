import { createTerminal, type Terminal, type TerminalOptions } from '../terminal.ts'
import type { FakePerson } from './fake-campus.ts'
import { type FakeCore, startFakeCore } from './fake-core.ts'

/** A till at a fake core, with people who can pay. */
export interface Fixture {
  core: FakeCore
  till: Terminal
  student: FakePerson
  teacher: FakePerson
  /** Another till of the same core; `options` replace the usual ones. */
  connect(options?: Partial<TerminalOptions>): Terminal
  /** A code of the person that pays from the wallet. */
  drawCode(person: FakePerson): string
  close(): Promise<void>
}

export async function openFixture(): Promise<Fixture> {
  const core = await startFakeCore()
  const [student, teacher] = core.campus.people
  const [own] = core.campus.terminals
  if (!student || !teacher || !own) throw new Error('the fake campus is empty')
  const tills: Terminal[] = []
  const connect = (options: Partial<TerminalOptions> = {}) => {
    const { keyId, secret } = own
    // Short, because many tests wait for a call to be given up.
    const till = createTerminal({ coreUrl: core.origin, keyId, secret, callMs: 1_000, ...options })
    tills.push(till)
    return till
  }
  return {
    core,
    till: connect(),
    student,
    teacher,
    connect,
    drawCode: (person) => core.campus.issueCode(person, 'wallet', false).code,
    async close() {
      await Promise.all(tills.map((till) => till.close()))
      await core.close()
    },
  }
}
