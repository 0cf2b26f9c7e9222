import { setTimeout as sleep } from 'node:timers/promises'
import { findFreePort } from '@campus-ecode/processes/free-ports'
import { type NodeProcess, type NodeProgram, startNode } from '../lib/node-process.ts'
import { CORE_KEY, ORIGIN_OF_BFF, SESSION_KEY } from './setting.ts'

/** The BFF as it is compiled and as it runs in production, before a core. */
export async function startBff(
  corePort: number,
  program: Omit<NodeProgram, 'entry' | 'env'>,
): Promise<NodeProcess & { port: number }> {
  const port = await findFreePort()
  const bff = startNode({
    ...program,
    entry: new URL('../../../packages/bff/dist/main.js', import.meta.url),
    env: {
      PORT: String(port),
      BFF_ORIGIN: ORIGIN_OF_BFF,
      CORE_URL: `http://127.0.0.1:${corePort}`,
      BFF_KEY_ID: CORE_KEY.keyId,
      BFF_KEY_SECRET: CORE_KEY.secret,
      SESSION_KEY,
    },
  })
  await Promise.race([waitUntilReady(port), bff.ready])
  return { ...bff, port }
}

async function waitUntilReady(port: number): Promise<void> {
  for (let left = 100; left > 0; left--) {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined)
    await answer?.body?.cancel()
    if (answer?.ok) return
    await sleep(100)
  }
  throw new Error('The BFF does not become ready')
}
