import { createPublicKey, ECDH, type KeyObject, verify } from 'node:crypto'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SignedDocument } from '@campus-ecode/protocol/signed-document'
import {
  createDocumentGuard,
  createGate,
  type GateIdentity,
  type Holdings,
  type Knowledge,
  verifyAccess,
} from '@campus-ecode/terminal'
import type { Benchmark, Figure } from '../benchmark.ts'
import { type Pairs, runPairs } from '../lib/pairs.ts'
import { median, quantile } from '../lib/stats.ts'
import { type IssuedCode, type IssuedSchool, issueSchool } from './issue-codes.ts'

const PAIRS = 9
const SLICE_MS = 1_000
const PHONES = 500
const LIST_COUNT = 50_000
const READINGS = 300
const STARTS = 20

/** A gate's decision beside the two signature verifications that it cannot do without. */
export const gate: Benchmark = {
  name: 'gate',
  title: 'A gate: access codes judged offline',
  async run() {
    const now = Math.floor(Date.now() / 1000)
    const school = issueSchool(now)
    const list = school.writeList(LIST_COUNT)
    const codes = Array.from({ length: PHONES }, () => school.issueCode())
    return [
      ...(await measureVerifications(school, list, codes, now)),
      ...(await measureReadings(school, list)),
      await measureStart(school, list),
    ]
  },
}

async function measureVerifications(
  school: IssuedSchool,
  list: SignedDocument,
  codes: readonly IssuedCode[],
  now: number,
): Promise<Figure[]> {
  const known = knowledgeOf(school.identity, [school.keys, school.policy, list])
  /** The same gate, to which nobody has come yet. */
  const know = () => ({ ...known, keys: knowledgeOf(school.identity, [school.keys]).keys })
  /** The peer does nothing but verify; it is given the parts. */
  const bare = (deviceKeyOf: (code: IssuedCode) => KeyObject) => (code: IssuedCode) =>
    isSigned(code.credential, school.issuerKey) && isSignedByPhone(code, deviceKeyOf(code))
  const readsKey = bare(({ devicePoint }) => readPoint(devicePoint))
  const keyReady = bare(({ deviceKey }) => deviceKey)
  const phoneAlone = (code: IssuedCode) => isSignedByPhone(code, code.deviceKey)

  const judge = (knowledge: Knowledge) => (code: IssuedCode) =>
    verifyAccess(code.text, now, knowledge).result === 'opened'
  const newcomers = () => slice(codes, () => judge(know()))
  const again = () => slice(codes, () => judge(known))

  const first = await runPairs(PAIRS, newcomers, () => slice(codes, () => readsKey))
  const firstReady = await runPairs(PAIRS, newcomers, () => slice(codes, () => keyReady))
  const second = await runPairs(PAIRS, again, () => slice(codes, () => keyReady))
  const secondAlone = await runPairs(PAIRS, again, () => slice(codes, () => phoneAlone))
  return [
    toFigure(
      'codes per second of processor time, each phone new',
      first,
      'both signatures, its key read',
      0.8,
    ),
    toFigure(
      'codes per second of processor time, each phone new',
      firstReady,
      'both signatures, its key ready',
    ),
    toFigure(
      'codes per second of processor time, phones known',
      second,
      'both signatures, keys ready',
      0.8,
    ),
    toFigure(
      'codes per second of processor time, phones known',
      secondAlone,
      "the phone's signature alone",
    ),
    measureOne(codes, judge(know())),
  ]
}

function measureOne(codes: readonly IssuedCode[], judge: (code: IssuedCode) => boolean): Figure {
  const times = codes.map((code) => {
    const cpu = process.cpuUsage()
    const begun = performance.now()
    if (!judge(code)) throw new Error('a good code was refused')
    return { ms: performance.now() - begun, cpuMs: cpuMsSince(cpu) }
  })
  const value = quantile(
    times.map(({ ms }) => ms),
    0.99,
  )
  const cpuMs = quantile(
    times.map((time) => time.cpuMs),
    0.99,
  )
  return {
    measure: '99th percentile of one, for the first time, ms',
    ours: `${value.toFixed(2)} ms, ${cpuMs.toFixed(2)} ms of it processor time`,
    peer: '',
    value,
    target: { atMost: 5 },
  }
}

/** From the scanner to the open door: judged, and remembered on disk. */
async function measureReadings(school: IssuedSchool, list: SignedDocument): Promise<Figure[]> {
  const dir = await mkdtemp(join(tmpdir(), 'campus-ecode-bench-gate-'))
  try {
    const opened = await createGate({ ...school.identity, dir })
    const { keys, policy } = school
    await opened.takeDocuments({ keys, policy, list, delta: null })
    const file = await open(join(dir, 'probe.bin'), 'a')
    const [readings, writes]: number[][] = [[], []]
    for (let n = 0; n < READINGS; n++) {
      const { text } = school.issueCode(Math.floor(Date.now() / 1000))
      readings?.push(
        await timeOf(async () => {
          const { result } = await opened.read(text)
          if (result !== 'opened') throw new Error('a good code was refused')
        }),
      )
      writes?.push(
        await timeOf(async () => {
          await file.write(Buffer.alloc(16, n))
          await file.datasync()
        }),
      )
    }
    await file.close()
    await opened.close()
    const value = quantile(readings ?? [], 0.99)
    return [
      {
        measure: 'from the scanner to the open door, 99th percentile, ms',
        ours: `${value.toFixed(1)} ms, half of them ${median(readings ?? []).toFixed(1)} ms`,
        peer: `16 bytes to this disk: ${quantile(writes ?? [], 0.99).toFixed(1)} ms, half of them ${median(writes ?? []).toFixed(1)} ms`,
        value,
      },
    ]
  } finally {
    await rm(dir, { recursive: true })
  }
}

/** A gate's start with a long list: read, proven, ready. */
async function measureStart(school: IssuedSchool, list: SignedDocument): Promise<Figure> {
  const dir = await mkdtemp(join(tmpdir(), 'campus-ecode-bench-gate-'))
  try {
    const first = await createGate({ ...school.identity, dir })
    const { keys, policy } = school
    await first.takeDocuments({ keys, policy, list, delta: null })
    await first.close()
    const times: number[] = []
    const cpuTimes: number[] = []
    for (let n = 0; n < STARTS; n++) {
      let started = first
      const cpu = process.cpuUsage()
      times.push(
        await timeOf(async () => {
          started = await createGate({ ...school.identity, dir })
        }),
      )
      cpuTimes.push(cpuMsSince(cpu))
      if (started.state.list?.count !== LIST_COUNT) throw new Error('the list was not loaded')
      await started.close()
    }
    const value = quantile(times, 1)
    return {
      measure: `start with a list of ${LIST_COUNT} entries, slowest of ${STARTS}, ms`,
      ours: `${value.toFixed(0)} ms, half of them ${median(times).toFixed(0)} ms; processor time at most ${quantile(cpuTimes, 1).toFixed(0)} ms`,
      peer: '',
      value,
      target: { atMost: 100 },
    }
  } finally {
    await rm(dir, { recursive: true })
  }
}

/**
 * Codes per second of processor time, in which other work on the machine hardly shows: as many as fit into
 * a slice, over all phones again and again. `prepare` is called before each round.
 */
async function slice(
  codes: readonly IssuedCode[],
  prepare: () => (code: IssuedCode) => boolean,
): Promise<number> {
  let count = 0
  let spentMs = 0
  while (spentMs < SLICE_MS) {
    const check = prepare()
    const begun = process.cpuUsage()
    for (const code of codes) if (!check(code)) throw new Error('a good code was refused')
    spentMs += cpuMsSince(begun)
    count += codes.length
  }
  return count / (spentMs / 1000)
}

function knowledgeOf(identity: GateIdentity, documents: readonly SignedDocument[]): Knowledge {
  const guard = createDocumentGuard(identity)
  const holdings = documents.reduce((held: Holdings, document) => {
    const taken = guard.take(held, document, 'any')
    if ('refused' in taken) throw new Error(`${document.type} is refused`)
    return taken.holdings
  }, {})
  return {
    school: identity.schoolId,
    keys: holdings.keys?.content,
    policy: holdings.policy?.content,
    list: holdings.list?.content,
    memory: { letInAt: () => undefined },
  }
}

function isSigned({ input, signature }: IssuedCode['credential'], key: KeyObject): boolean {
  return verify(null, input, key, signature)
}

function isSignedByPhone({ shown }: IssuedCode, key: KeyObject): boolean {
  return verify('sha256', shown.input, { key, dsaEncoding: 'ieee-p1363' }, shown.signature)
}

/** The way that takes Node.js the least time. */
function readPoint(point: Buffer): KeyObject {
  const full = ECDH.convertKey(point, 'prime256v1', undefined, undefined, 'uncompressed')
  const bytes = full as Buffer
  return createPublicKey({
    key: {
      kty: 'EC',
      crv: 'P-256',
      x: bytes.toString('base64url', 1, 33),
      y: bytes.toString('base64url', 33),
    },
    format: 'jwk',
  })
}

function cpuMsSince(begun: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(begun)
  return (user + system) / 1000
}

async function timeOf(task: () => Promise<void>): Promise<number> {
  const begun = performance.now()
  await task()
  return performance.now() - begun
}

function toFigure(measure: string, pairs: Pairs, peer: string, atLeast?: number): Figure {
  return {
    measure,
    ours: `${pairs.ours.toFixed(0)}/s`,
    peer: `${peer}: ${pairs.peer.toFixed(0)}/s`,
    value: pairs.ratio,
    ...(atLeast !== undefined && { target: { atLeast } }),
  }
}
