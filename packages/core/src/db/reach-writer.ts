import pg from 'pg'

/** A server that is not there must not be waited for while another one is. */
const CONNECT_TIMEOUT_MS = 3_000

/**
 * How a pool reaches the server at an address, or, of several with commas between, whichever takes writes:
 * once a standby was promoted, new connections go there, and a standby is never written to.
 */
export function reachWriter(urls: string): pg.PoolConfig {
  const servers = urls.split(/,(?=postgres(?:ql)?:)/)
  if (servers.length === 1) return { connectionString: urls, keepAlive: true }
  let writer = 0

  class WriterClient extends pg.Client {
    readonly #at = writer

    constructor(config: pg.ClientConfig) {
      super({
        ...config,
        connectionString: servers[writer],
        connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
        keepAlive: true,
      })
    }

    override connect(): Promise<pg.Client>
    override connect(done: Connected): void
    override connect(done?: Connected): Promise<pg.Client> | undefined {
      const connected = this.#connect()
      if (!done) return connected
      const tell = done as (error: Error | null, client?: pg.Client) => void
      connected.then((client) => tell(null, client), tell)
      return undefined
    }

    async #connect(): Promise<pg.Client> {
      try {
        await super.connect()
        const { rows } = await this.query('select pg_is_in_recovery() as standby')
        if (!rows[0].standby) return this
        await this.end()
        throw Object.assign(new Error('this server is a standby'), { code: 'ECONNREFUSED' })
      } catch (error) {
        // Several may find this out at once; one step is enough.
        if (writer === this.#at) writer = (writer + 1) % servers.length
        throw error
      }
    }
  }
  return { Client: WriterClient as unknown as new () => pg.Client } as pg.PoolConfig
}

type Connected = ((error: Error) => void) | ((error: null, client: pg.Client) => void)
