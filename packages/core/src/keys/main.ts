import { chmod, mkdir, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { createKeyOperations } from './derive-keys.ts'
import { createKeyService } from './key-service.ts'
import { openKeyring } from './keyring.ts'

/** The key process: the only one that reads the keyring. Run with KEYS_DIR and KEY_SOCKET. */
const env = z
  .object({ KEYS_DIR: z.string().min(1), KEY_SOCKET: z.string().min(1) })
  .parse(process.env)

process.on('uncaughtException', (error) => {
  // Not the stack, in which Node quotes the source line.
  console.error(`The key process failed: ${error.message}`)
  process.exit(1)
})

const server = createKeyService(createKeyOperations(await openKeyring(env.KEYS_DIR)))
await mkdir(dirname(env.KEY_SOCKET), { recursive: true, mode: 0o700 })
await rm(env.KEY_SOCKET, { force: true })
// Before listen, so that nobody can connect in between; chmod afterwards, because a umask only takes away.
process.umask(0o177)
server.listen(env.KEY_SOCKET, async () => {
  if (process.platform !== 'win32') await chmod(env.KEY_SOCKET, 0o600)
})

function stop(): void {
  server.close(() => process.exit(0))
  server.closeIdleConnections()
  setTimeout(() => process.exit(0), 1_000).unref()
}
process.on('SIGTERM', stop)
process.on('SIGINT', stop)
// As a child, live exactly as long as the parent: the channel closes even when that is killed.
if (process.send) process.on('disconnect', stop)
