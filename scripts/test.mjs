import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from './build.mjs'
import { check } from './check.mjs'
import { ensureChromium } from './chromium.mjs'
import { describeEngines, installEngines } from './engines.mjs'
import { ROOT } from './lib/workspace.mjs'
import { setup } from './setup.mjs'

setup()
// Meanwhile, so that it costs no time of its own.
const installing = installEngines()
// Every part runs, whatever became of the one before it: one run tells all that is wrong.
const parts = [
  attempt('build', () => {
    build()
    return { passed: 1, failed: 0 }
  }),
  attempt('check', check),
  attempt('unit and integration tests', () => runVitest('vitest.config.ts')),
]
if (existsSync(join(ROOT, 'e2e/vitest.config.ts'))) {
  await installing
  parts.push(
    attempt('end-to-end tests', () =>
      runVitest('e2e/vitest.config.ts', { CHROMIUM_PATH: ensureChromium() }),
    ),
  )
}
// Last and alone: what shares the machine with it makes it slow.
parts.push(attempt('history checker', runHistoryChecker))
const passed = parts.reduce((sum, part) => sum + part.passed, 0)
const failed = parts.reduce((sum, part) => sum + part.failed, 0)
process.exitCode = failed > 0 ? 1 : 0
// Again and last, for whoever has only the end of the log.
for (const failure of parts.flatMap(({ failures = [] }) => failures)) console.log(`FAIL ${failure}`)
console.log(describeEngines())
console.log(`${passed} passed, ${failed} failed`)

function attempt(name, part) {
  try {
    return part()
  } catch (error) {
    console.error(`${name}: ${error.message}`)
    return { passed: 0, failed: 1, failures: [`${name}: ${error.message}`] }
  }
}

/** One history with one seed; its last line counts its checks. */
function runHistoryChecker() {
  const { stdout } = spawnSync(process.execPath, [join(ROOT, 'history/dist/cli.js')], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  process.stdout.write(stdout)
  const [, passed, failed] = stdout.match(/^(\d+) passed, (\d+) failed$/m) ?? []
  if (passed === undefined) throw new Error('it did not come to an end')
  const failures = failed === '0' ? [] : ['history checker: its findings stand above']
  return { passed: Number(passed), failed: Number(failed), failures }
}

function runVitest(config, env = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'campus-ecode-results-'))
  const results = join(folder, 'results.json')
  try {
    const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs')
    const reporter = join(ROOT, 'scripts/lib/results-reporter.mjs')
    const reporters = ['--reporter=default', `--reporter=${reporter}`, `--outputFile=${results}`]
    const { status } = spawnSync(
      process.execPath,
      [vitest, 'run', '--config', config, ...reporters],
      {
        cwd: ROOT,
        stdio: ['ignore', 'inherit', 'inherit'],
        env: { ...process.env, ...env },
      },
    )
    const { passed, failures } = JSON.parse(readFileSync(results, 'utf8'))
    if (status !== 0 && failures.length === 0) failures.push(`${config}: it ended with ${status}`)
    return { passed, failed: failures.length, failures }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
