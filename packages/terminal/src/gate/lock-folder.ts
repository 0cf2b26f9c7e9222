import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { realpath, stat, unlink } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Another process, or this one, has opened the gate of this folder and not closed it. */
export class GateFolderInUse extends Error {
  constructor(dir: string) {
    super(`the gate in ${dir} is open already: one process at a time`)
    this.name = 'GateFolderInUse'
  }
}

/** What systems allow for the path of a socket. */
const SOCKET_PATH_LENGTH_MAX = 100
/** Whoever takes over at the same moment is through by then. */
const SETTLED_MS = 100

/**
 * Keeps a gate's folder for this process: two would open to the same code twice, and write over each
 * other's files. The lock is a socket that somebody listens on, so that it ends with its process, also in a
 * power cut, and no clock or process number is asked.
 *
 * Throws GateFolderInUse; anything else means that nothing could be locked here.
 *
 * @returns Lets go of it.
 */
export async function lockFolder(dir: string): Promise<() => Promise<void>> {
  const path = await pathOfLock(dir)
  try {
    return hold(await listen(path))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
  }
  if (await isListenedOn(path)) throw new GateFolderInUse(dir)
  // Left by a process that was killed.
  await unlink(path).catch(() => {})
  try {
    const server = await listen(path)
    const { ino } = await stat(path)
    await sleep(SETTLED_MS)
    const isOurs = (await stat(path).catch(() => undefined))?.ino === ino
    if (isOurs) return hold(server)
    server.close()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
  }
  throw new GateFolderInUse(dir)
}

async function pathOfLock(dir: string): Promise<string> {
  const folder = await realpath(dir)
  const path = join(folder, 'lock')
  const name = `campus-ecode-gate-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`
  if (process.platform === 'win32') return `\\\\.\\pipe\\${name}`
  return Buffer.byteLength(path) <= SOCKET_PATH_LENGTH_MAX ? path : join(tmpdir(), name)
}

async function listen(path: string): Promise<Server> {
  const server = createServer((socket) => socket.destroy())
  server.listen(path)
  await once(server, 'listening')
  return server
}

async function isListenedOn(path: string): Promise<boolean> {
  const socket = connect(path)
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

function hold(server: Server): () => Promise<void> {
  server.unref()
  return async () => {
    if (!server.listening) return
    server.close()
    await once(server, 'close')
  }
}
