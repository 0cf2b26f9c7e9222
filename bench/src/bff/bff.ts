import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Benchmark, Figure } from '../benchmark.ts'
import { canPin, type NodeProcess, startNode } from '../lib/node-process.ts'
import { runPairs } from '../lib/pairs.ts'
import { median } from '../lib/stats.ts'
import type { SliceOrder, SliceResult } from './load.ts'
import { startBff } from './start-bff.ts'

const PAIRS = 40
/** Short, so that both of a pair meet the same weather. */
const SLICE_MS = 250
/** So many that the compiler has seen everything. */
const WARM_UP_ANSWERS = 10_000

/**
 * Beside bare proxies without framework (peer-proxy.ts). All answer the same phones before the same core,
 * one at a time, on a core of the machine that is theirs alone where processes can be pinned.
 */
export const bff: Benchmark = {
  name: 'bff',
  title: 'BFF: proof checked, request signed, forwarded',
  async run() {
    const folder = mkdtempSync(join(tmpdir(), 'campus-ecode-bench-'))
    const processes: NodeProcess[] = []
    const start = (entry: string, env: Record<string, string>, cpu: number) => {
      const started = startNode({ entry: new URL(entry, import.meta.url), env, cpu })
      processes.push(started)
      return started
    }
    try {
      const core = (await start('./stand-in-core.js', {}, 1).ready) as number
      const load = start('./load.js', {}, 1)
      const ours = await startBff(core, { cpu: 0, logFile: join(folder, 'bff.log') })
      processes.push(ours)
      const startPeer = async (CRYPTOGRAPHY: string) => {
        const env = { CRYPTOGRAPHY, CORE_URL: `http://127.0.0.1:${core}` }
        const peer = start('./peer-proxy.js', env, 0)
        return { ...peer, port: (await peer.ready) as number }
      }
      const same = await startPeer('same')
      const none = await startPeer('none')

      await load.ready
      await load.ask('open', ours.port)
      await load.ask('prove')
      for (const { port } of [ours, same]) {
        const status = await load.ask<number>('forge', port)
        if (status !== 401) throw new Error(`A forged proof was answered ${status}`)
      }
      for (const { port } of [ours, same, none]) await warmUp(load, port)
      return [
        ...(await compare(load, ours, same, 'a bare proxy, same cryptography', 0.9)),
        ...(await compare(load, ours, none, 'a bare proxy without any')),
      ]
    } finally {
      await Promise.all(processes.map((started) => started.stop()))
      rmSync(folder, { recursive: true })
    }
  },
}

interface Proxy extends NodeProcess {
  port: number
}

async function warmUp(load: NodeProcess, port: number): Promise<void> {
  for (let answered = 0; answered < WARM_UP_ANSWERS; ) {
    await load.ask('prove')
    const order: SliceOrder = { port, ms: 2_000 }
    answered += (await load.ask<SliceResult>('slice', order)).answered
  }
}

async function compare(
  load: NodeProcess,
  ours: Proxy,
  peer: Proxy,
  peerName: string,
  atLeast?: number,
): Promise<Figure[]> {
  await load.ask('prove')
  const cpuUs = new Map<Proxy, number[]>([
    [ours, []],
    [peer, []],
  ])
  const run = async (proxy: Proxy, ms: number) => {
    const before = await proxy.usage()
    const order: SliceOrder = { port: proxy.port, ms }
    const { answered, seconds } = await load.ask<SliceResult>('slice', order)
    const after = await proxy.usage()
    cpuUs.get(proxy)?.push(((after.cpuMs - before.cpuMs) * 1000) / answered)
    return answered / seconds
  }
  const pairs = await runPairs(
    PAIRS,
    () => run(ours, SLICE_MS),
    () => run(peer, SLICE_MS),
  )
  // As in runPairs(), the first pair is not counted.
  const [oursUs = [], peerUs = []] = [cpuUs.get(ours)?.slice(1), cpuUs.get(peer)?.slice(1)]
  const cpuRatio = median(peerUs.map((us, at) => us / (oursUs[at] as number)))
  const target = atLeast === undefined ? {} : { target: { atLeast } }
  const pinned = canPin() ? 'one core' : 'not pinned'
  return [
    {
      measure: `answers a second, 32 in flight, ${pinned}`,
      ours: `${Math.round(pairs.ours)}/s`,
      peer: `${peerName}: ${Math.round(pairs.peer)}/s`,
      value: pairs.ratio,
      ...target,
    },
    {
      measure: 'answers per second of its own processor time',
      ours: `${Math.round(median(oursUs))} µs each`,
      peer: `${peerName}: ${Math.round(median(peerUs))} µs each`,
      value: cpuRatio,
      ...target,
    },
  ]
}
