import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/**
 * What `npm start` runs, in starting order: each is ready when `url`/readyz answers 200.
 * Names of settings and ports of the demo are decided here and nowhere else.
 */
export function describeProcesses(env = process.env) {
  const dataDir = resolve(env.DATA_DIR || '.data')
  const secrets = readSecrets(dataDir, ['bffKey', 'session', 'portKey', 'realNameKey', 'wechat'])
  const ports = {
    PORT: env.PORT || '8080',
    CORE_PORT: env.CORE_PORT || '8081',
    DEMO_PORT: env.DEMO_PORT || '8082',
  }
  // Of no interest to outside clients, so they follow the demo's.
  ports.SANDBOX_PORT = env.SANDBOX_PORT || String(Number(ports.DEMO_PORT) + 1)
  ports.POS_PORT = env.POS_PORT || String(Number(ports.DEMO_PORT) + 2)
  // One is left out: a page of one's own, or examples/script-tag, listens there (PAGE_ORIGIN).
  ports.BANK_PORT = env.BANK_PORT || String(Number(ports.DEMO_PORT) + 4)
  ports.ONE_CARD_PORT = env.ONE_CARD_PORT || String(Number(ports.DEMO_PORT) + 5)
  ports.KEYPAD_PORT = env.KEYPAD_PORT || String(Number(ports.DEMO_PORT) + 6)
  ports.WECHAT_PORT = env.WECHAT_PORT || String(Number(ports.DEMO_PORT) + 7)
  ports.GATE_PORT = env.GATE_PORT || String(Number(ports.DEMO_PORT) + 8)
  ports.ORDERING_PORT = env.ORDERING_PORT || String(Number(ports.DEMO_PORT) + 9)
  ports.SHOWER_PORT = env.SHOWER_PORT || String(Number(ports.DEMO_PORT) + 10)
  ports.UTILITY_PORT = env.UTILITY_PORT || String(Number(ports.DEMO_PORT) + 11)
  ports.OFFICIAL_ACCOUNT_PORT = env.OFFICIAL_ACCOUNT_PORT || String(Number(ports.DEMO_PORT) + 12)
  ports.CONSOLE_PORT = env.CONSOLE_PORT || String(Number(ports.DEMO_PORT) + 14)
  const urls = {
    // As phones address them, which behind a TLS front is not where they listen.
    BFF_URL: env.BFF_ORIGIN || urlOf(ports.PORT),
    CORE_URL: urlOf(ports.CORE_PORT),
    DEMO_URL: env.DEMO_ORIGIN || urlOf(ports.DEMO_PORT),
    SANDBOX_URL: urlOf(ports.SANDBOX_PORT),
    POS_URL: urlOf(ports.POS_PORT),
    GATE_URL: urlOf(ports.GATE_PORT),
    SHOWER_URL: urlOf(ports.SHOWER_PORT),
    ORDERING_URL: urlOf(ports.ORDERING_PORT),
    OFFICIAL_ACCOUNT_URL: urlOf(ports.OFFICIAL_ACCOUNT_PORT),
  }
  const shared = { DATA_DIR: dataDir, ...ports, ...urls }
  const bffKey = { BFF_KEY_ID: 'bff-1', BFF_KEY_SECRET: secrets.bffKey }
  const portKey = { PORT_KEY_ID: 'core-1', PORT_KEY_SECRET: secrets.portKey }
  const realNameKey = { REAL_NAME_KEY_ID: 'face-1', REAL_NAME_KEY_SECRET: secrets.realNameKey }
  // WeChat and its merchant share these, so the sandbox has them as the core does (R27).
  const wechat = {
    WECHAT_APP_ID: 'wx0123456789abcdef',
    WECHAT_MCH_ID: '1900000109',
    WECHAT_APP_SECRET: deriveKey(secrets.wechat, 'app-secret'),
    WECHAT_API_V3_KEY: deriveKey(secrets.wechat, 'api-v3'),
    WECHAT_API_V2_KEY: deriveKey(secrets.wechat, 'api-v2'),
    WECHAT_KEYS_DIR: join(dataDir, 'wechat-keys'),
    WECHAT_MP_APP_ID: 'wxfedcba9876543210',
    WECHAT_MP_APP_SECRET: deriveKey(secrets.wechat, 'mini-program-secret'),
  }
  const core = {
    ...shared,
    ...bffKey,
    ...portKey,
    ...realNameKey,
    ...wechat,
    WECHAT_PAY_URLS: urlOf(ports.WECHAT_PORT),
    WECHAT_API_URL: urlOf(ports.WECHAT_PORT),
    WECHAT_AUTHORISE_URL: `${urlOf(ports.WECHAT_PORT)}/connect/oauth2/authorize`,
    WECHAT_SCRIPT_URL: `${urlOf(ports.WECHAT_PORT)}/open/js/jweixin-1.6.0.js`,
    ...wechatTemplates,
    BFF_ORIGIN: urls.BFF_URL,
    BANK_URL: urlOf(ports.BANK_PORT),
    ONE_CARD_URL: urlOf(ports.ONE_CARD_PORT),
    SMS_URL: `${urls.SANDBOX_URL}/sms`,
    REAL_NAME_URL: `${urls.SANDBOX_URL}/real-name`,
    // A utility of one's own may take the sandbox's place (docs/utility-port.md).
    UTILITY_URL: env.UTILITY_URL || urlOf(ports.UTILITY_PORT),
    // The demo's receivers of notices are on this machine (R38).
    WEBHOOK_NETWORKS: '127.0.0.0/8',
  }
  return {
    dataDir,
    demoUrl: urls.DEMO_URL,
    processes: [
      {
        name: 'sandbox',
        entry: 'packages/sandbox/dist/main.js',
        url: urls.SANDBOX_URL,
        env: { ...shared, ...portKey, ...realNameKey, ...wechat },
      },
      { name: 'core', entry: 'packages/core/dist/main.js', url: urls.CORE_URL, env: core },
      {
        name: 'bff',
        entry: 'packages/bff/dist/main.js',
        url: urlOf(ports.PORT),
        env: {
          ...{ ...shared, ...bffKey, SESSION_KEY: secrets.session },
          WECHAT_SCRIPT_ORIGIN: urlOf(ports.WECHAT_PORT),
        },
      },
      { name: 'pos', entry: 'examples/pos/dist/main.js', url: urls.POS_URL, env: shared },
      { name: 'gate', entry: 'examples/gate/dist/main.js', url: urls.GATE_URL, env: shared },
      { name: 'shower', entry: 'examples/shower/dist/main.js', url: urls.SHOWER_URL, env: shared },
      {
        name: 'ordering',
        entry: 'examples/ordering/dist/main.js',
        url: urls.ORDERING_URL,
        env: shared,
      },
      {
        name: 'wechat',
        entry: 'examples/wechat-official-account/dist/main.js',
        url: urls.OFFICIAL_ACCOUNT_URL,
        env: {
          ...shared,
          KEYPAD_ORIGIN: env.KEYPAD_ORIGIN || urlOf(ports.KEYPAD_PORT),
          WECHAT_SCRIPT_ORIGIN: urlOf(ports.WECHAT_PORT),
        },
      },
      {
        name: 'demo',
        entry: 'packages/sandbox/dist/demo-main.js',
        url: urlOf(ports.DEMO_PORT),
        env: shared,
      },
    ],
    /** Run once `after` is ready; does nothing when the demo school is there already. */
    seed: {
      after: 'core',
      entry: 'packages/core/dist/cli.js',
      args: [
        'import-campus',
        'packages/sandbox/demo/campus.json',
        ...['--out', join(dataDir, 'demo.json')],
        ...['--origin', urls.DEMO_URL, '--origin', urls.ORDERING_URL],
        ...['--origin', urls.OFFICIAL_ACCOUNT_URL],
        ...['--origin', env.PAGE_ORIGIN || urlOf(Number(ports.DEMO_PORT) + 3)],
        ...['--notify-url', `${urls.ORDERING_URL}/notices`],
        ...['--service-url', `library=${urls.SANDBOX_URL}/library`],
        ...['--bff-url', urls.BFF_URL, '--core-url', urls.CORE_URL, '--demo-url', urls.DEMO_URL],
        // R9: the demo school asks for a face check while this is set.
        ...(env.FACE_AT_BINDING ? ['--face-at-binding'] : []),
      ],
      env: core,
    },
    /** The same for the console's accounts. */
    staff: {
      after: 'core',
      entry: 'packages/core/dist/cli.js',
      args: ['staff', 'demo', '--school', '1001', '--out', join(dataDir, 'console.json')],
      env: core,
    },
  }
}

/**
 * The environment of the core's commands: beside a demo what its core has, so that they need no settings, and
 * otherwise, or with a database of one's own, what they are given. What is given goes first in any case.
 */
export function describeCommands(env = process.env) {
  const besideDemo = existsSync(join(env.DATA_DIR || '.data', 'secrets.json'))
  if (!besideDemo || env.DATABASE_URL) return env
  const core = describeProcesses(env).processes.find(({ name }) => name === 'core')
  return { ...core.env, ...env }
}

/** Of the sandbox's account (packages/sandbox/src/wechat/templates.ts): receipts and other messages (R41). */
const wechatTemplates = {
  WECHAT_TEMPLATE_PAID:
    'sandbox-paid-8Vt3Rk2nQ5Xy7Lw0JcZbHfMdGs1Ta:thing1=merchant,amount2=amount,time3=time,character_string4=number',
  WECHAT_TEMPLATE_REFUNDED:
    'sandbox-refunded-Q5Xy7Lw0JcZbHfMdGs1Ta8Vt3:thing1=merchant,amount2=amount,time3=time',
  WECHAT_TEMPLATE_TOP_UP:
    'sandbox-moved-HfMdGs1Ta8Vt3Rk2nQ5Xy7Lw0JcZ:phrase1=status,amount2=amount,time3=time,thing4=account',
  WECHAT_TEMPLATE_WITHDRAWAL:
    'sandbox-moved-HfMdGs1Ta8Vt3Rk2nQ5Xy7Lw0JcZ:phrase1=status,amount2=amount,time3=time,thing4=account',
  WECHAT_TEMPLATE_LOCKED:
    'sandbox-locked-w0JcZbHfMdGs1Ta8Vt3Rk2nQ5Xy:thing1=school,phrase2=status,time3=time,thing4=hint',
}

function urlOf(port) {
  return `http://127.0.0.1:${port}`
}

/** 32 letters and digits, as WeChat's keys are. */
function deriveKey(secret, name) {
  return createHash('sha256').update(`${name}/${secret}`).digest('hex').slice(0, 32)
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
