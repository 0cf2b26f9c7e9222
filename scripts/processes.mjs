import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const BFF_KEY_ID = 'bff-1'

/**
 * What `npm start` runs, in starting order: each is ready when `url`/readyz answers 200.
 * Names of settings and ports of the demo are decided here and nowhere else.
 */
export function describeProcesses(env = process.env) {
  const dataDir = resolve(env.DATA_DIR || '.data')
  const secrets = readSecrets(dataDir, ['bffKey', 'session', 'sandboxKey'])
  const ports = {
    PORT: env.PORT || '8080',
    CORE_PORT: env.CORE_PORT || '8081',
    DEMO_PORT: env.DEMO_PORT || '8082',
    SANDBOX_PORT: env.SANDBOX_PORT || '8083',
  }
  const urls = {
    BFF_URL: urlOf(ports.PORT),
    CORE_URL: urlOf(ports.CORE_PORT),
    DEMO_URL: urlOf(ports.DEMO_PORT),
    SANDBOX_URL: urlOf(ports.SANDBOX_PORT),
  }
  const shared = { DATA_DIR: dataDir, ...ports, ...urls }
  const bffKey = { BFF_KEY_ID, BFF_KEY_SECRET: secrets.bffKey }
  const sandboxKey = { SANDBOX_KEY_SECRET: secrets.sandboxKey }
  return {
    dataDir,
    demoUrl: urls.DEMO_URL,
    processes: [
      {
        name: 'sandbox',
        entry: 'packages/sandbox/dist/main.js',
        url: urls.SANDBOX_URL,
        env: { ...shared, ...sandboxKey },
      },
      {
        name: 'core',
        entry: 'packages/core/dist/main.js',
        url: urls.CORE_URL,
        env: { ...shared, ...sandboxKey, ...bffKey },
      },
      {
        name: 'bff',
        entry: 'packages/bff/dist/main.js',
        url: urls.BFF_URL,
        env: { ...shared, ...bffKey, SESSION_KEY: secrets.session },
      },
      {
        name: 'demo',
        entry: 'examples/script-tag/dist/main.js',
        url: urls.DEMO_URL,
        env: shared,
      },
    ],
    /** Run once `after` is ready; does nothing when the demo school is there already. */
    seed: {
      after: 'bff',
      entry: 'packages/sandbox/dist/seed.js',
      env: { ...shared, ...sandboxKey },
    },
  }
}

function urlOf(port) {
  return `http://127.0.0.1:${port}`
}

/** Random ones, made on the first start and kept beside the data, readable by their owner only. */
function readSecrets(dataDir, names) {
  const file = join(dataDir, 'secrets.json')
  const secrets = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
  for (const name of names) secrets[name] ??= randomBytes(32).toString('base64url')
  mkdirSync(dataDir, { recursive: true })
  writeFileSync(file, JSON.stringify(secrets, null, 2), { mode: 0o600 })
  return secrets
}
