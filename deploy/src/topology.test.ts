import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { request } from 'undici'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readWatchedMetrics } from './monitoring-names.ts'
import { ROOT } from './program.ts'
import { type Proof, proveTopology } from './prove.ts'
import { startTopology, type Topology } from './topology.ts'

// Real processes run what is built; `npm test` builds first.
let dataDir: string
let topology: Topology
let proof: Proof
beforeAll(async () => {
  if (!existsSync(join(ROOT, 'packages/core/dist/main.js'))) throw new Error('run npm run build')
  dataDir = await mkdtemp(join(tmpdir(), 'campus-ecode-topology-'))
  topology = await startTopology(dataDir)
  proof = await proveTopology(topology, { seconds: 1 })
}, 600_000)
afterAll(async () => {
  await topology?.stop()
  await rm(dataDir, { recursive: true, force: true })
})

it('loses and doubles nothing when core, BFF and database die, and fails no call when they stop', () => {
  expect(proof.wrong).toEqual([])
  const { paid, calls, lost } = proof.figures
  expect(paid).toBeGreaterThan(50)
  expect(calls['stop in order']).toBeGreaterThan(20)
  expect(lost).toEqual({ calm: 0, 'core-b': 0, 'bff-b': 0 })
  expect(Object.keys(proof.figures.underWay)).toEqual(['core-a', 'bff-a', 'postgres-primary'])
})

it('tells a phone at once of what another core was paid', () => {
  const { heardAcrossMs, heardMs } = proof.figures
  expect(heardAcrossMs.length).toBeGreaterThanOrEqual(10)
  // A core that heard nothing of the other would tell at the end of a question of 25 s. The figure itself
  // stands in docs/benchmarks.md: here machines are busy.
  expect(heardAcrossMs.sort((a, b) => a - b).at(heardAcrossMs.length >> 1)).toBeLessThan(5_000)
  expect(heardMs.half).toBeLessThan(5_000)
})

it('tells Prometheus everything that the dashboard and the alarms read', async () => {
  const told = new Set<string>()
  for (const url of topology.metricsUrls) {
    const answer = await request(`${url}/metrics`)
    const text = await answer.body.text()
    for (const [, name = ''] of text.matchAll(/^# TYPE (\S+)/gm)) told.add(name)
    expect(text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-/)
  }
  const watched = await readWatchedMetrics()
  expect(watched.length).toBeGreaterThan(20)
  expect(watched.filter((name) => !told.has(name))).toEqual([])
})

it('writes no secret into any log, and one event a line', async () => {
  const { demo, coreEnv, logDir, postgres } = topology
  const secrets = [
    demo.school.secret,
    ...demo.terminals.map(({ secret }) => secret),
    ...demo.people.map(({ cardNo }) => cardNo),
    ...Object.entries(coreEnv).flatMap(([name, value]) => (/SECRET/.test(name) ? [value] : [])),
    postgres.primary.connection.password,
  ]
  // Codes, sessions and proofs, whosever they are.
  const patterns = [/\b7[12]3001\d{18}\b/, /\beyJ[\w-]{20,}/, /DPoP [\w.-]{20,}/, /postgres:\/\//]
  let lines = 0
  for (const file of await readdir(logDir)) {
    const text = await readFile(join(logDir, file), 'utf8')
    for (const secret of secrets) expect(text.includes(secret), file).toBe(false)
    for (const pattern of patterns) expect(pattern.exec(text)?.[0], file).toBe(undefined)
    if (!/^(core|bff)-/.test(file)) continue
    for (const line of text.split('\n').filter(Boolean)) {
      expect(() => JSON.parse(line), `${file}: ${line}`).not.toThrow()
      lines++
    }
  }
  expect(lines).toBeGreaterThan(100)
})
