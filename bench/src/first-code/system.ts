import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findFreePorts } from '@campus-ecode/processes/free-ports'
import { type Demo, demoSchema } from '@campus-ecode/protocol/demo'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const READY_TIMEOUT_MS = 180_000
/** As scripts/processes.mjs names them. */
const PORTS = [
  'PORT',
  'CORE_PORT',
  'DEMO_PORT',
  'SANDBOX_PORT',
  'POS_PORT',
  'BANK_PORT',
  'ONE_CARD_PORT',
  'KEYPAD_PORT',
  'GATE_PORT',
  'WECHAT_PORT',
]

export interface System {
  demo: Demo
  sandboxUrl: string
  stop(): Promise<void>
}

/** The whole system as `npm start` starts it, on ports and data of its own. */
export async function startSystem(): Promise<System> {
  const dataDir = mkdtempSync(join(tmpdir(), 'campus-ecode-bench-'))
  const ports = await findFreePorts(PORTS.length)
  const env = Object.fromEntries(PORTS.map((name, at) => [name, String(ports[at])]))
  const main = spawn(process.execPath, ['scripts/start.mjs'], {
    cwd: ROOT,
    env: { ...process.env, ...env, DATA_DIR: dataDir },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<void>((done) => main.once('exit', () => done()))
  async function stop() {
    main.kill('SIGTERM')
    await ended
    rmSync(dataDir, { recursive: true, force: true })
  }
  try {
    await new Promise<void>((resolve, reject) => {
      let output = ''
      const timer = setTimeout(() => reject(new Error('the system is not ready')), READY_TIMEOUT_MS)
      main.stdout.on('data', (chunk: Buffer) => {
        output += chunk
        if (!/^ready /m.test(output)) return
        clearTimeout(timer)
        resolve()
      })
      main.once('exit', () => {
        clearTimeout(timer)
        reject(new Error(`the system ended\n${output}`))
      })
    })
  } catch (error) {
    await stop()
    throw error
  }
  const demo = demoSchema.parse(JSON.parse(readFileSync(join(dataDir, 'demo.json'), 'utf8')))
  return { demo, sandboxUrl: `http://127.0.0.1:${env['SANDBOX_PORT']}`, stop }
}
