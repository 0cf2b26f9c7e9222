import { setTimeout as sleep } from 'node:timers/promises'
import type { Benchmark, Figure } from '../benchmark.ts'
import type { Person } from '../bff/feed.ts'
import { startBff } from '../bff/start-bff.ts'
import { type NodeProcess, startNode } from '../lib/node-process.ts'
import { runPairs } from '../lib/pairs.ts'
import type { Joining, Membership } from './crowd.ts'

const PHONES = 10_000
/** Each with half of the phones, so that none of our processes needs more than 10,000 open files. */
const CROWDS = 2
/** As many sessions as a BFF opens for one school without a pause. */
const SCHOOL_PEOPLE = 1_000
const WARM_UP_PHONES = 500
const ONE_PAIRS = 101
const ALL_PAIRS = 15

/**
 * Beside a bare node:http server that holds the same streams (peer-streams.ts). Memory is what 10,000 phones add
 * to a process that has seen some before, garbage collected on both sides; the kernel's socket buffers are in
 * neither. Times run from the core's publishing to the last phone's reading.
 */
export const idlePhones: Benchmark = {
  name: 'idle-phones',
  title: '10,000 idle phones on one BFF',
  async run() {
    const openFiles = countOpenFilesMax()
    if (openFiles < PHONES * 1.1)
      return { skipped: `${openFiles} open files are allowed (ulimit -n)` }
    const processes: NodeProcess[] = []
    const start = (entry: string, env: Record<string, string> = {}) => {
      const program = { entry: new URL(entry, import.meta.url), env, cpu: 1 }
      const started = startNode(program)
      processes.push(started)
      return started
    }
    try {
      const [ourCore, peerCore] = [
        start('../bff/stand-in-core.js'),
        start('../bff/stand-in-core.js'),
      ]
      const bff = await startBff((await ourCore.ready) as number, { cpu: 0, collects: true })
      processes.push(bff)
      const peer = startNode({
        entry: new URL('./peer-streams.js', import.meta.url),
        env: { CORE_URL: `http://127.0.0.1:${await peerCore.ready}` },
        cpu: 0,
        collects: true,
      })
      processes.push(peer)
      const crowds = Array.from({ length: CROWDS }, () => start('./crowd.js'))
      await Promise.all(crowds.map((crowd) => crowd.ready))
      await openSessions(crowds, bff.port)
      const people = await Promise.all(crowds.map((crowd) => crowd.ask<Person[]>('people')))
      const ours: Holder = { process: bff, port: bff.port, core: ourCore, named: false, crowds }
      const bare: Holder = {
        process: peer,
        port: (await peer.ready) as number,
        core: peerCore,
        named: true,
        crowds,
      }
      return [
        ...compareMemory(await fill(ours), await fill(bare)),
        await compareTimes('to reach one phone', ONE_PAIRS, [ours, bare], (holder, at) =>
          reach(holder, [people[at % CROWDS]?.[(at * 37) % SCHOOL_PEOPLE] as Person], at % CROWDS),
        ),
        await compareTimes('to reach all', ALL_PAIRS, [ours, bare], (holder) =>
          reach(holder, people.flat()),
        ),
      ]
    } finally {
      await Promise.all(processes.map((started) => started.stop()))
    }
  },
}

/** Node itself raises what it may to this. */
function countOpenFilesMax(): number {
  const { userLimits } = process.report.getReport() as {
    userLimits?: { open_files?: { hard: number | 'unlimited' } }
  }
  const hard = userLimits?.open_files?.hard ?? 'unlimited'
  return hard === 'unlimited' ? Number.POSITIVE_INFINITY : Number(hard)
}

/** One of the two servers, with what feeds it and who listens. */
interface Holder {
  process: NodeProcess
  port: number
  core: NodeProcess
  named: boolean
  crowds: NodeProcess[]
}

interface Held {
  rssBytes: number
  heapBytes: number
}

/** One school after the other, as each may open only so many at once. */
async function openSessions(crowds: NodeProcess[], bff: number): Promise<void> {
  for (let first = 0; first < PHONES / CROWDS; first += SCHOOL_PEOPLE) {
    await Promise.all(
      crowds.map((crowd, at) => {
        const schoolId = String(1001 + (first / SCHOOL_PEOPLE) * CROWDS + at)
        const count = SCHOOL_PEOPLE
        return crowd.ask('open', { bff, schoolId, firstCardNo: 1, count } satisfies Membership)
      }),
    )
  }
}

/** @returns What each of 10,000 phones adds. */
async function fill({ process: server, port, named, crowds }: Holder): Promise<Held> {
  const join = (count: number) =>
    Promise.all(crowds.map((crowd) => crowd.ask('join', { port, named, count } satisfies Joining)))
  await join(WARM_UP_PHONES)
  await Promise.all(crowds.map((crowd) => crowd.ask('leave', port)))
  const before = await settle(server)
  await join(PHONES / CROWDS)
  const after = await settle(server)
  return {
    rssBytes: (after.rssBytes - before.rssBytes) / PHONES,
    heapBytes: (after.heapBytes - before.heapBytes) / PHONES,
  }
}

async function settle(server: NodeProcess): Promise<Held> {
  for (let times = 0; times < 3; times++) {
    await server.usage()
    await sleep(1_000)
  }
  return server.usage()
}

/** @param only Which crowd the people are in; all of them are, unless told. */
async function reach(holder: Holder, people: Person[], only?: number): Promise<number> {
  const { core, port } = holder
  const crowds = holder.crowds.filter((_, at) => only === undefined || at === only)
  const heard = crowds.map((crowd) =>
    crowd.ask<number>('hear', { port, count: people.length / crowds.length }),
  )
  // The feed's reader waits again before the next event, as it would in a quiet minute.
  await sleep(100)
  const published = await core.ask<number>('publish', people)
  return (Math.max(...(await Promise.all(heard))) - published) / 1e6
}

function compareMemory(ours: Held, peer: Held): Figure[] {
  const toKb = (bytes: number) => `${(bytes / 1024).toFixed(1)} KiB`
  return [
    {
      measure: 'memory each',
      ours: toKb(ours.rssBytes),
      peer: `bare node:http: ${toKb(peer.rssBytes)}`,
      value: ours.rssBytes / peer.rssBytes,
      target: { atMost: 1.3 },
    },
    {
      measure: 'of it JavaScript heap',
      ours: toKb(ours.heapBytes),
      peer: `bare node:http: ${toKb(peer.heapBytes)}`,
      value: ours.heapBytes / peer.heapBytes,
    },
  ]
}

async function compareTimes(
  measure: string,
  count: number,
  [ours, peer]: [Holder, Holder],
  measureMs: (holder: Holder, at: number) => Promise<number>,
): Promise<Figure> {
  let at = 0
  const pairs = await runPairs(
    count,
    () => measureMs(ours, at++ >> 1),
    () => measureMs(peer, at++ >> 1),
  )
  const toMs = (ms: number) => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`
  return {
    measure,
    ours: toMs(pairs.ours),
    peer: `bare node:http: ${toMs(pairs.peer)}`,
    value: pairs.ratio,
    target: { atMost: 1.3 },
  }
}
