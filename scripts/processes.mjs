import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/**
 * What `npm start` runs, in starting order: each is ready when `url`/readyz answers 200.
 * Names of settings and ports of the demo are decided here and nowhere else.
 */
export function describeProcesses(env = process.env) {
  const dataDir = resolve(env.DATA_DIR || '.data')
  const secrets = readSecrets(dataDir, ['bff', 'sandbox'])
  const bffUrl = urlOf(env.PORT || '8080')
  const coreUrl = urlOf(env.CORE_PORT || '8081')
  const demoUrl = urlOf(env.DEMO_PORT || '8082')
  const sandboxUrl = urlOf(env.SANDBOX_PORT || '8083')

  const shared = { DATA_DIR: dataDir }
  const sandbox = { ...shared, PORT: portOf(sandboxUrl), CORE_URL: coreUrl, BFF_URL: bffUrl }
  sandbox.DEMO_URL = demoUrl
  sandbox.SANDBOX_SECRET = secrets.sandbox
  return {
    dataDir,
    demoUrl,
    processes: [
      {
        name: 'sandbox',
        entry: 'packages/sandbox/dist/main.js',
        url: sandboxUrl,
        env: sandbox,
      },
      {
        name: 'core',
        entry: 'packages/core/dist/main.js',
        url: coreUrl,
        env: {
          ...shared,
          PORT: portOf(coreUrl),
          SANDBOX_URL: sandboxUrl,
          SANDBOX_SECRET: secrets.sandbox,
          BFF_SECRET: secrets.bff,
        },
      },
      {
        name: 'bff',
        entry: 'packages/bff/dist/main.js',
        url: bffUrl,
        env: { PORT: portOf(bffUrl), CORE_URL: coreUrl, BFF_SECRET: secrets.bff },
      },
      {
        name: 'demo',
        entry: 'examples/script-tag/dist/main.js',
        url: demoUrl,
        env: { ...shared, PORT: portOf(demoUrl), BFF_URL: bffUrl },
      },
    ],
    /** Run after the core and the sandbox are ready; does nothing when the demo school is there. */
    seed: { after: 'bff', entry: 'packages/sandbox/dist/seed.js', env: sandbox },
  }
}

function urlOf(port) {
  return `http://127.0.0.1:${port}`
}

function portOf(url) {
  return new URL(url).port
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
