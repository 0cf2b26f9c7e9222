import { setTimeout as sleep } from 'node:timers/promises'
import type { Balancer } from './balancer.ts'
import { judge } from './judge.ts'
import { type Load, startLoad } from './load.ts'
import { onServer } from './postgres-pair.ts'
import type { Program } from './program.ts'
import type { Topology } from './topology.ts'

/** So many phones have to hear across cores, however slow the machine. */
const HEARD_MIN = 10

/** A drain that was over before the balancer had heard of it says nothing of the drain: so often at most. */
const STOPS_MAX = 5

/** What came of it; nothing in `wrong` is how it should be. */
export interface Proof {
  wrong: string[]
  figures: {
    paid: number
    refused: number
    /** Calls and those of them that failed on the way, by what was being done meanwhile. */
    calls: Record<string, number>
    failed: Record<string, number>
    heardMs: { half: number; of99: number; worst: number; count: number }
    /** A payment at core B, a phone at a BFF whose feed core A answers. */
    heardAcrossMs: number[]
    /** Payments that were under way in the moment of each kill. */
    underWay: Record<string, number>
    promotionMs: number
    /** Requests that nobody answered, so that the balancer had to: in calm, and by what was stopped in order. */
    lost: Record<string, number>
    /** Longest time in which no till was told anything. */
    silenceMs: Record<string, number>
  }
}

/**
 * Plays what a day may bring while people pay: a core and a BFF killed, both stopped in order, the database
 * lost and its standby promoted.
 *
 * @param seconds Of load around each happening.
 */
export async function proveTopology(
  topology: Topology,
  { seconds, onProgress = () => {} }: { seconds: number; onProgress?: (what: string) => void },
): Promise<Proof> {
  const { bffs, cores, postgres, proxies } = topology
  const [coreA, coreB] = cores
  const [bffA, bffB] = bffs
  if (!coreA || !coreB || !bffA || !bffB) throw new Error('the topology is not whole')
  const wrong: string[] = []
  const silenceMs: Record<string, number> = {}
  const load = await startLoad(topology, 250)
  const underWay: Record<string, number> = {}
  /** In the middle of something: at a moment when nothing is under way it would prove nothing. */
  const kill = async (program: Program) => {
    while (load.underWay < 2) await sleep(1)
    underWay[program.name] = load.underWay
    await program.end('SIGKILL')
  }
  const during = async (phase: string, work: () => Promise<void>) => {
    onProgress(phase)
    load.phase = phase
    const watch = watchSilence(load)
    await work()
    await sleep(seconds * 1_000)
    silenceMs[phase] = watch.stop()
  }
  const lost: Record<string, number> = {}
  const lostSoFar = () => proxies.bff.failedCount + proxies.core.failedCount
  /** @returns Whether the balancer had heard of it before it was over. */
  const stopInOrder = async (program: Program, balancer: Balancer) => {
    // Of two, the other one must be there.
    await Promise.all([proxies.core.untilWhole(), proxies.bff.untilWhole()])
    const before = lostSoFar()
    const code = await program.end('SIGTERM')
    if (code !== 0) wrong.push(`${program.name} stopped with ${code}`)
    const wasTold = balancer.wasToldToLeave(1)
    lost[program.name] = lostSoFar() - before
    await program.start()
    return wasTold
  }
  try {
    await during('calm', async () => {})
    lost['calm'] = lostSoFar()

    // BFFs' feeds are answered by core A, payments are made at core B.
    onProgress('one core hears, the other pays')
    const heardBefore = load.heardAfterMs.length
    proxies.core.pin = ({ method, url = '' }) => {
      if (url.startsWith('/v1/events')) return 0
      return method === 'POST' && url === '/v1/payments' ? 1 : undefined
    }
    const enough = () => load.heardAfterMs.length - heardBefore >= HEARD_MIN
    for (let waited = 0; waited < seconds || (!enough() && waited < 30); waited++)
      await sleep(1_000)
    const heardAcrossMs = load.heardAfterMs.slice(heardBefore)
    proxies.core.pin = undefined

    await during('kill -9 a core', async () => {
      await kill(coreA)
      await sleep(seconds * 500)
      await coreA.start()
    })
    await during('kill -9 a BFF', async () => {
      await kill(bffA)
      await sleep(seconds * 500)
      await bffA.start()
    })
    await during('stop in order', async () => {
      for (const [program, balancer] of [
        [coreB, proxies.core],
        [bffB, proxies.bff],
      ] as const) {
        let stops = 1
        while (!(await stopInOrder(program, balancer)) && stops < STOPS_MAX) stops++
      }
    })
    for (const [what, count] of Object.entries(lost)) {
      if (count > 0) wrong.push(`${count} requests were answered by nobody: ${what}`)
    }

    let promotionMs = 0
    await during('kill -9 the primary', async () => {
      await kill(postgres.primary.program)
      const startedAt = performance.now()
      await postgres.promote()
      promotionMs = performance.now() - startedAt
    })

    onProgress('what was open is asked about')
    load.phase = 'repeats'
    for (const orderNo of await load.repeat(100)) wrong.push(`${orderNo} was answered otherwise`)
    await load.stop()
    await load.settle()
    onProgress('the books are held against what tills were told')
    const { told } = load
    wrong.push(...(await judge({ ...topology, told, server: postgres.standby })))
    if (await acknowledgesAlone(topology)) {
      wrong.push('a primary that came back without its standby acknowledged a commit')
    }
    const heard = [...load.heardAfterMs].sort((a, b) => a - b)
    const at = (share: number) => Math.round(heard[Math.floor((heard.length - 1) * share)] ?? 0)
    return {
      wrong,
      figures: {
        paid: told.filter(({ outcome }) => outcome === 'paid').length,
        refused: told.filter(({ outcome }) => outcome === 'refused').length,
        calls: { ...load.calls },
        failed: { ...load.failed },
        heardMs: { half: at(0.5), of99: at(0.99), worst: at(1), count: heard.length },
        heardAcrossMs: heardAcrossMs.map(Math.round),
        underWay,
        promotionMs: Math.round(promotionMs),
        lost,
        silenceMs,
      },
    }
  } finally {
    await load.stop()
  }
}

/**
 * The dangerous return: the old primary is started as it was, while its standby has long gone on alone. It must
 * never tell anybody that something is committed.
 */
async function acknowledgesAlone({ postgres }: Topology): Promise<boolean> {
  const { primary } = postgres
  await primary.program.start()
  try {
    return await onServer(primary, (client) =>
      Promise.race([
        client.query('create table returned (at timestamptz)').then(
          () => true,
          () => false,
        ),
        sleep(1_500, false),
      ]),
    )
  } finally {
    await primary.program.end('SIGQUIT')
  }
}

function watchSilence(load: Load): { stop(): number } {
  let count = load.told.length
  let since = performance.now()
  let longest = 0
  const timer = setInterval(() => {
    const now = performance.now()
    if (load.told.length > count) {
      count = load.told.length
      since = now
    } else longest = Math.max(longest, now - since)
  }, 50)
  return {
    stop() {
      clearInterval(timer)
      return Math.round(longest)
    },
  }
}
