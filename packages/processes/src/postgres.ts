import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'

export async function takesConnections(connection: pg.ClientConfig): Promise<boolean> {
  const client = new pg.Client({ ...connection, connectionTimeoutMillis: 1_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('select 1')
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}

/** PostgreSQL notes in `postmaster.opts` how it was last started: a path, then quoted arguments. */
export async function readLastStart(
  clusterDir: string,
): Promise<{ program: string; args: string[] }> {
  const line = (await readFile(join(clusterDir, 'postmaster.opts'), 'utf8')).trim()
  const at = line.indexOf(' "')
  const args = [...line.slice(at).matchAll(/"([^"]*)"/g)].map(([, arg = '']) => arg)
  return { program: line.slice(0, at), args }
}
