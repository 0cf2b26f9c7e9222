import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { holdAllocations } from '@campus-ecode/protocol/testing/allocations'
import { bundlePrograms } from '@campus-ecode/protocol/testing/bundle-programs'
import { pino } from 'pino'
import { onTestFinished, test } from 'vitest'
import { startBff } from './start.ts'
import { coreKey } from './testing/fake-core.ts'
import { bffOrigin, keypadOrigin } from './testing/page.ts'
import type { Task } from './testing/surroundings.ts'
import { sessionKey, writeSdk } from './testing/test-bff.ts'

test("a page's request is checked, signed and forwarded within its budget", async ({
  annotate,
}) => {
  const source = new URL('.', import.meta.url)
  const programs = await bundlePrograms(source, { surroundings: 'testing/surroundings.ts' })
  const surroundings = new Worker(programs.pathOf('surroundings'))
  const sdkDir = await writeSdk()
  onTestFinished(async () => {
    await surroundings.terminate()
    await programs.remove()
    await rm(sdkDir, { recursive: true })
  })
  const [coreOrigin] = await once(surroundings, 'message')
  const ask = async (task: Task) => {
    surroundings.postMessage(task)
    await once(surroundings, 'message')
  }
  const bff = await startBff(
    {
      host: '127.0.0.1',
      port: 0,
      origin: bffOrigin,
      coreOrigin,
      coreKey,
      sessionKey,
      sessionKeyPrevious: undefined,
      sdkDir,
      hostedDir: join(sdkDir, 'hosted-page'),
      proxyCount: 0,
      keypadOrigin,
      wechatScriptOrigin: 'https://res.wx.qq.com',
      drainMs: 0,
      metrics: undefined,
      tracing: undefined,
      logLevel: 'info',
    },
    pino(pino.destination({ dest: '/dev/null', minLength: 4096, sync: false })),
  )
  onTestFinished(() => bff.stop())
  const url = `http://127.0.0.1:${bff.port}`
  // So many that none of them comes to its limit.
  await ask({ do: 'open', bff: url, pages: 20 })
  await annotate(
    await holdAllocations({
      name: 'forwarding a request of a page',
      bytesMax: 110_000,
      count: 60,
      prepare: (count) => ask({ do: 'prove', count }),
      run: () => ask({ do: 'send', bff: url }),
    }),
  )
})
