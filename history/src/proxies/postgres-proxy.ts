import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { createConversation, type Keeping } from './conversation.ts'

/** A point in the conversation at which something is to happen, once. */
export interface Trap {
  /** asked: COMMIT has been sent and does not arrive. kept: it has been done, and nobody hears of it. */
  at: 'asked' | 'kept'
  /** Whether this is what is waited for. */
  matches(keeping: Keeping): boolean
  /** Runs before the connection is cut; to kill the core, say. */
  act(): Promise<void> | void
}

/** Stands between one core and PostgreSQL. */
export interface PostgresProxy {
  readonly port: number
  /**
   * Sets the trap in the place of an earlier one.
   *
   * @returns Resolves with true when it has sprung, with false when another has taken its place.
   */
  setTrap(trap: Trap | undefined): Promise<boolean>
  /** Cuts all connections, whatever goes on in them. @returns how many there were. */
  cutAll(): number
  close(): Promise<void>
}

export async function startPostgresProxy(serverPort: number): Promise<PostgresProxy> {
  const pairs = new Set<() => void>()
  let trap: Trap | undefined
  let settleTrap = (_sprung: boolean) => {}

  /** @returns Whether the trap sprang, so that these bytes must go no further. */
  function springs(at: Trap['at'], keepings: Keeping[], cut: () => void): boolean {
    const set = trap
    if (set?.at !== at || !keepings.some(set.matches)) return false
    trap = undefined
    void Promise.resolve(set.act()).finally(() => {
      cut()
      settleTrap(true)
    })
    return true
  }

  const server = createServer((core) => {
    const postgres = connect(serverPort, '127.0.0.1')
    const conversation = createConversation()
    let stopped = false
    const cut = () => {
      stopped = true
      pairs.delete(cut)
      core.destroy()
      postgres.destroy()
    }
    pairs.add(cut)
    const pass = (from: Socket, to: Socket, at: Trap['at'], read: (chunk: Buffer) => Keeping[]) => {
      from.setNoDelay(true)
      from.on('data', (chunk: Buffer) => {
        if (stopped) return
        if (springs(at, read(chunk), cut)) {
          stopped = true
          return
        }
        to.write(chunk)
      })
      from.on('end', () => stopped || to.end())
      from.on('error', cut)
      from.on('close', cut)
    }
    pass(core, postgres, 'asked', conversation.fromCore)
    pass(postgres, core, 'kept', conversation.fromServer)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))

  return {
    port: (server.address() as AddressInfo).port,
    setTrap(next) {
      settleTrap(false)
      trap = next
      return new Promise((resolve) => {
        settleTrap = resolve
      })
    },
    cutAll() {
      const count = pairs.size
      for (const cut of pairs) cut()
      return count
    },
    async close() {
      for (const cut of pairs) cut()
      await new Promise((done) => server.close(done))
    },
  }
}
