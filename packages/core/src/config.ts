import { join } from 'node:path'
import type { HmacKeyMaterial } from '@campus-ecode/protocol/signing-key'
import {
  type Env,
  isSafe,
  keyIdSchema,
  originSchema,
  parseSettings,
  portSchema,
  proxyCountSchema,
  readServerConfig,
  type ServerConfig,
  secretSchema,
  serverShape,
  urlSchema,
} from '@campus-ecode/service/settings'
import { z } from 'zod'
import { CONSOLE_DIR } from './staff/console-page.ts'
import { type AllowedNetworks, parseNetworks } from './webhooks/allowed-address.ts'
import {
  type MessageKind,
  messageKinds,
  messageWords,
  parseTemplate,
  type WechatTemplates,
} from './wechat-messages/templates.ts'

/** What the core runs with; docs/core-api.md and the README have the table of names. */
export interface Config extends ServerConfig {
  port: number
  /** What signers address, balancer included. */
  origin: string
  dataDir: string
  databaseUrl: string | undefined
  /** Keys that BFFs sign with; two while one is being replaced. */
  bffKeys: HmacKeyMaterial[]
  /** R35: what tools of whoever runs the core sign with; without it there are only commands. */
  operatorKey: HmacKeyMaterial | undefined
  /** Where the keypad page is served (R16); it is not when no port is set. */
  keypad: KeypadConfig | undefined
  /** Where the school's console is served (docs/console.md); it is not when no port is set. */
  console: ConsoleConfig | undefined
  ports: PortsConfig
  /** R27: WeChat codes are not taken without it. */
  wechat: WechatConfig | undefined
  /** R2b: nobody signs in by WeChat without it. */
  wechatApps: WechatAppsConfig | undefined
  /** What pages address: the BFF's own page may show keypads and be returned to, as the school's may. */
  bffOrigin: string | undefined
  /** Inside these networks webhooks go to private addresses and over plain http, too. */
  webhookNetworks: AllowedNetworks
  /** Of a key process that somebody else runs; otherwise the core runs its own. */
  keySocket: string | undefined
}

export interface KeypadConfig {
  port: number
  /** What phones address. */
  origin: string
  /** How many proxies of ours a request passes, whose word on where it comes from is taken. */
  proxyCount: number
}

export interface ConsoleConfig {
  port: number
  /** What staff browsers address. */
  origin: string
  /** As the keypad's. */
  proxyCount: number
  /** The built page. */
  directory: string
  /** Where it puts files that are handed out. */
  workDir: string
}

/** The school's merchant at WeChat Pay. */
export interface WechatConfig {
  /** Of the service account. */
  appId: string
  mchId: string
  apiV3Key: string
  apiV2Key: string
  /** Certificates and keys, as WeChat's own tools leave them. */
  keysDir: string
  payUrls: string[]
}

/** The school's apps at WeChat, and what goes with them. */
export interface WechatAppsConfig {
  /** The service account, which signs people in, signs pages and sends receipts. */
  officialAccount: WechatAppConfig | undefined
  miniProgram: WechatAppConfig | undefined
  apiUrl: string
  authoriseUrl: string
  /** WeChat's JS-SDK. */
  scriptUrl: string
  /** Receipts by template message (R41). */
  templates: WechatTemplates
}

export interface WechatAppConfig {
  appId: string
  appSecret: string
}

/** The outside systems, and the key that we sign with for all of them. */
export interface PortsConfig {
  bankUrl: string
  oneCardUrl: string
  smsUrl: string
  /** Of whoever sells dormitories electricity, water and network (R39), if anybody does. */
  utilityUrl: string | undefined
  key: HmacKeyMaterial
  /** Has a key of its own, under which it also calls us. */
  realName: { url: string; key: HmacKeyMaterial } | undefined
}

/**
 * Reads the environment and refuses what is unsafe. Throws ConfigError.
 *
 * Secrets have no defaults anywhere. With NODE_ENV=production an address is https, or on loopback.
 */
export function readConfig(env: Env): Config {
  const values = parseSettings(coreSchema, env)
  const keys: [string | undefined, string | undefined][] = [
    [values.BFF_KEY_ID, values.BFF_KEY_SECRET],
    [values.BFF_KEY_PREVIOUS_ID, values.BFF_KEY_PREVIOUS_SECRET],
  ]
  return {
    ...readServerConfig(values),
    ...readStorage(values),
    port: values.CORE_PORT,
    origin: values.CORE_ORIGIN ?? `http://127.0.0.1:${values.CORE_PORT}`,
    bffKeys: keys.flatMap(([keyId, secret]) =>
      keyId && secret ? [{ keyId, algorithm: 'hmac-sha256' as const, secret }] : [],
    ),
    operatorKey:
      values.OPERATOR_KEY_ID && values.OPERATOR_KEY_SECRET
        ? {
            keyId: values.OPERATOR_KEY_ID,
            algorithm: 'hmac-sha256',
            secret: values.OPERATOR_KEY_SECRET,
          }
        : undefined,
    keypad: readKeypad(values),
    console: readConsole(values),
    ports: readPorts(values),
    webhookNetworks: values.WEBHOOK_NETWORKS,
    wechat: readWechat(values),
    wechatApps: readWechatApps(values),
    bffOrigin: values.BFF_ORIGIN,
  }
}

/** What a command needs that works on the same data as a running core. */
export type CommandConfig = Pick<
  Config,
  | 'dataDir'
  | 'databaseUrl'
  | 'keySocket'
  | 'keypad'
  | 'ports'
  | 'wechat'
  | 'wechatApps'
  | 'bffOrigin'
  | 'logLevel'
>

export function readCommandConfig(env: Env): CommandConfig {
  const values = parseSettings(commandSchema, env)
  return {
    ...readStorage(values),
    keypad: readKeypad(values),
    ports: readPorts(values),
    wechat: readWechat(values),
    wechatApps: readWechatApps(values),
    bffOrigin: values.BFF_ORIGIN,
    logLevel: values.LOG_LEVEL,
  }
}

function readStorage(values: CommandValues) {
  return {
    dataDir: values.DATA_DIR,
    databaseUrl: values.DATABASE_URL,
    keySocket: values.KEY_SOCKET,
  }
}

function readKeypad(values: CommandValues): KeypadConfig | undefined {
  const { KEYPAD_PORT: port, KEYPAD_PROXIES: proxyCount } = values
  if (port === undefined) return undefined
  return { port, origin: values.KEYPAD_ORIGIN ?? `http://127.0.0.1:${port}`, proxyCount }
}

function readConsole(values: CoreValues): ConsoleConfig | undefined {
  const { CONSOLE_PORT: port, CONSOLE_PROXIES: proxyCount, CONSOLE_DIR: directory } = values
  if (port === undefined) return undefined
  const origin = values.CONSOLE_ORIGIN ?? `http://127.0.0.1:${port}`
  const workDir = join(values.DATA_DIR, 'console')
  return { port, origin, proxyCount, directory, workDir }
}

function readPorts(values: CommandValues): PortsConfig {
  const { PORT_KEY_ID: keyId, PORT_KEY_SECRET: secret } = values
  const {
    REAL_NAME_URL: url,
    REAL_NAME_KEY_ID: realNameKeyId,
    REAL_NAME_KEY_SECRET: realNameSecret,
  } = values
  return {
    bankUrl: values.BANK_URL,
    oneCardUrl: values.ONE_CARD_URL,
    smsUrl: values.SMS_URL,
    utilityUrl: values.UTILITY_URL,
    key: { keyId, algorithm: 'hmac-sha256', secret },
    realName:
      url && realNameKeyId && realNameSecret
        ? { url, key: { keyId: realNameKeyId, algorithm: 'hmac-sha256', secret: realNameSecret } }
        : undefined,
  }
}

function readWechat(values: CommandValues): WechatConfig | undefined {
  const { WECHAT_APP_ID: appId, WECHAT_MCH_ID: mchId, WECHAT_KEYS_DIR: keysDir } = values
  const { WECHAT_API_V3_KEY: apiV3Key, WECHAT_API_V2_KEY: apiV2Key } = values
  if (!appId || !mchId || !apiV3Key || !apiV2Key || !keysDir) return undefined
  const payUrls = values.WECHAT_PAY_URLS.split(',')
  return { appId, mchId, apiV3Key, apiV2Key, keysDir, payUrls }
}

function readWechatApps(values: CommandValues): WechatAppsConfig | undefined {
  const { WECHAT_APP_ID: appId, WECHAT_APP_SECRET: appSecret } = values
  const { WECHAT_MP_APP_ID: mpAppId, WECHAT_MP_APP_SECRET: mpAppSecret } = values
  if (!appId && !mpAppId) return undefined
  return {
    officialAccount: appId && appSecret ? { appId, appSecret } : undefined,
    miniProgram: mpAppId && mpAppSecret ? { appId: mpAppId, appSecret: mpAppSecret } : undefined,
    apiUrl: values.WECHAT_API_URL,
    authoriseUrl: values.WECHAT_AUTHORISE_URL,
    scriptUrl: values.WECHAT_SCRIPT_URL,
    templates: Object.fromEntries(
      messageKinds.flatMap((kind) => {
        const template = values[templateName(kind)]
        return template ? [[kind, template]] : []
      }),
    ),
  }
}

const wechatSecretSchema = z
  .string()
  .regex(/^[\dA-Za-z]{32}$/, { error: 'must be 32 letters or digits' })

const networksSchema = z.string().transform((value, context) => {
  try {
    return parseNetworks(value)
  } catch {
    context.addIssue({
      code: 'custom',
      message: 'must be networks with commas between: 10.0.0.0/8',
    })
    return z.NEVER
  }
})

const wechatAppIdSchema = z.string().regex(/^wx[\da-f]{16}$/, { error: 'is not an appid' })

const templateSchema = z.string().transform((value, context) => {
  const template = parseTemplate(value)
  if (template) return template
  context.addIssue({
    code: 'custom',
    message: `must be <template id>:<field>=<what>,… with what of ${messageWords.join(', ')}`,
  })
  return z.NEVER
})

const templateName = (kind: MessageKind) =>
  `WECHAT_TEMPLATE_${kind.toUpperCase() as Uppercase<MessageKind>}` as const

const wechatShape = {
  WECHAT_APP_ID: wechatAppIdSchema.optional(),
  WECHAT_APP_SECRET: wechatSecretSchema.optional(),
  WECHAT_MP_APP_ID: wechatAppIdSchema.optional(),
  WECHAT_MP_APP_SECRET: wechatSecretSchema.optional(),
  WECHAT_MCH_ID: z
    .string()
    .regex(/^\d{8,10}$/, { error: "is not a merchant's number" })
    .optional(),
  WECHAT_API_V3_KEY: wechatSecretSchema.optional(),
  WECHAT_API_V2_KEY: wechatSecretSchema.optional(),
  WECHAT_KEYS_DIR: z.string().optional(),
  WECHAT_PAY_URLS: z
    .string()
    .default('https://api.mch.weixin.qq.com,https://api2.mch.weixin.qq.com')
    .refine((urls) => urls.split(',').every((url) => urlSchema.safeParse(url).success), {
      error: 'must be addresses with commas between',
    }),
  WECHAT_API_URL: urlSchema.default('https://api.weixin.qq.com'),
  WECHAT_AUTHORISE_URL: urlSchema.default('https://open.weixin.qq.com/connect/oauth2/authorize'),
  WECHAT_SCRIPT_URL: urlSchema.default('https://res.wx.qq.com/open/js/jweixin-1.6.0.js'),
  WECHAT_TEMPLATE_PAID: templateSchema.optional(),
  WECHAT_TEMPLATE_REFUNDED: templateSchema.optional(),
  WECHAT_TEMPLATE_TOP_UP: templateSchema.optional(),
  WECHAT_TEMPLATE_WITHDRAWAL: templateSchema.optional(),
  WECHAT_TEMPLATE_LOCKED: templateSchema.optional(),
}

const commandShape = {
  NODE_ENV: serverShape.NODE_ENV,
  DATA_DIR: z.string().default('.data'),
  DATABASE_URL: z.string().optional(),
  KEY_SOCKET: z.string().optional(),
  BANK_URL: urlSchema,
  ONE_CARD_URL: urlSchema,
  SMS_URL: urlSchema,
  UTILITY_URL: urlSchema.optional(),
  PORT_KEY_ID: keyIdSchema,
  PORT_KEY_SECRET: secretSchema,
  REAL_NAME_URL: urlSchema.optional(),
  REAL_NAME_KEY_ID: keyIdSchema.optional(),
  REAL_NAME_KEY_SECRET: secretSchema.optional(),
  // Commands print links to pages that are served there.
  KEYPAD_PORT: portSchema.optional(),
  KEYPAD_ORIGIN: originSchema.optional(),
  KEYPAD_PROXIES: proxyCountSchema,
  ...wechatShape,
  BFF_ORIGIN: originSchema.optional(),
  LOG_LEVEL: serverShape.LOG_LEVEL,
}

const coreShape = {
  ...commandShape,
  ...serverShape,
  CORE_PORT: portSchema.default(8081),
  CORE_ORIGIN: originSchema.optional(),
  WEBHOOK_NETWORKS: networksSchema.default([]),
  CONSOLE_PORT: portSchema.optional(),
  CONSOLE_ORIGIN: originSchema.optional(),
  CONSOLE_PROXIES: proxyCountSchema,
  CONSOLE_DIR: z.string().default(CONSOLE_DIR),
  BFF_KEY_ID: keyIdSchema,
  BFF_KEY_SECRET: secretSchema,
  BFF_KEY_PREVIOUS_ID: keyIdSchema.optional(),
  BFF_KEY_PREVIOUS_SECRET: secretSchema.optional(),
  OPERATOR_KEY_ID: keyIdSchema.optional(),
  OPERATOR_KEY_SECRET: secretSchema.optional(),
}

/** May stand in files: `NAME_FILE` names one. */
export const secretNames = [
  ...Object.keys(coreShape).filter((name) => name.endsWith('_SECRET')),
  'DATABASE_URL',
  'WECHAT_API_V2_KEY',
  'WECHAT_API_V3_KEY',
]

/** All or none of each group. */
const appNames = ['WECHAT_APP_ID', 'WECHAT_APP_SECRET'] as const
const miniProgramNames = ['WECHAT_MP_APP_ID', 'WECHAT_MP_APP_SECRET'] as const
const payNames = [
  'WECHAT_MCH_ID',
  'WECHAT_API_V3_KEY',
  'WECHAT_API_V2_KEY',
  'WECHAT_KEYS_DIR',
] as const

type CommandValues = z.output<z.ZodObject<typeof commandShape>>
type CoreValues = z.output<z.ZodObject<typeof coreShape>>

function refuseUnsafe(values: CommandValues & Partial<CoreValues>, context: z.RefinementCtx): void {
  const refuse = (name: string, message: string) =>
    context.addIssue({ code: 'custom', path: [name], message })
  const { BFF_KEY_PREVIOUS_ID: previousId, BFF_KEY_PREVIOUS_SECRET: previousSecret } = values
  if ((previousId === undefined) !== (previousSecret === undefined)) {
    refuse('BFF_KEY_PREVIOUS_ID', 'needs BFF_KEY_PREVIOUS_SECRET, and the other way round')
  }
  if (previousId !== undefined && previousId === values.BFF_KEY_ID) {
    refuse('BFF_KEY_PREVIOUS_ID', 'must differ from BFF_KEY_ID')
  }
  const realName = [values.REAL_NAME_URL, values.REAL_NAME_KEY_ID, values.REAL_NAME_KEY_SECRET]
  if (new Set(realName.map((value) => value === undefined)).size > 1) {
    refuse('REAL_NAME_URL', 'needs REAL_NAME_KEY_ID and REAL_NAME_KEY_SECRET, all or none')
  }
  if ((values.OPERATOR_KEY_ID === undefined) !== (values.OPERATOR_KEY_SECRET === undefined)) {
    refuse('OPERATOR_KEY_ID', 'needs OPERATOR_KEY_SECRET, and the other way round')
  }
  const others = [values.BFF_KEY_ID, previousId, values.REAL_NAME_KEY_ID]
  if (values.OPERATOR_KEY_ID && others.includes(values.OPERATOR_KEY_ID)) {
    refuse('OPERATOR_KEY_ID', 'must differ from every other key id')
  }
  const keyIds = [values.BFF_KEY_ID, previousId, values.REAL_NAME_KEY_ID]
  if (values.REAL_NAME_KEY_ID && keyIds.indexOf(values.REAL_NAME_KEY_ID) < 2) {
    refuse('REAL_NAME_KEY_ID', 'must differ from the keys of BFFs')
  }
  const secrets = [
    values.PORT_KEY_SECRET,
    values.BFF_KEY_SECRET,
    previousSecret,
    values.REAL_NAME_KEY_SECRET,
    values.OPERATOR_KEY_SECRET,
  ]
  const given = secrets.filter((secret) => secret !== undefined)
  if (new Set(given).size < given.length) {
    refuse('PORT_KEY_SECRET', 'must differ from every other key')
  }
  for (const names of [appNames, miniProgramNames, payNames]) {
    const given = names.filter((name) => values[name] !== undefined)
    if (given.length > 0 && given.length < names.length) {
      refuse(names[0], `needs ${names.slice(1).join(', ')}, all or none`)
    }
  }
  if (values.WECHAT_MCH_ID && values.WECHAT_APP_ID === undefined) {
    refuse('WECHAT_MCH_ID', 'needs WECHAT_APP_ID, of the service account')
  }
  if (values.WECHAT_MP_APP_ID && values.WECHAT_MP_APP_ID === values.WECHAT_APP_ID) {
    refuse('WECHAT_MP_APP_ID', 'must differ from WECHAT_APP_ID')
  }
  for (const name of ['WECHAT_APP_ID', 'WECHAT_MP_APP_ID'] as const) {
    if (values[name] && values.KEYPAD_PORT === undefined) {
      refuse(name, 'needs KEYPAD_PORT: people come back from WeChat there')
    }
  }
  if (values.KEYPAD_ORIGIN !== undefined && values.KEYPAD_PORT === undefined) {
    refuse('KEYPAD_ORIGIN', 'needs KEYPAD_PORT')
  }
  if (values.KEYPAD_PORT !== undefined && values.KEYPAD_PORT === values.CORE_PORT) {
    refuse('KEYPAD_PORT', 'must differ from CORE_PORT, which is not for the public')
  }
  if (values.CONSOLE_ORIGIN !== undefined && values.CONSOLE_PORT === undefined) {
    refuse('CONSOLE_ORIGIN', 'needs CONSOLE_PORT')
  }
  if (
    values.CONSOLE_PORT !== undefined &&
    [values.CORE_PORT, values.KEYPAD_PORT].includes(values.CONSOLE_PORT)
  ) {
    refuse('CONSOLE_PORT', 'must differ from CORE_PORT and KEYPAD_PORT')
  }
  if (values.NODE_ENV !== 'production') return
  if (!(values.WECHAT_PAY_URLS ?? '').split(',').every((url) => url === '' || isSafe(url))) {
    refuse('WECHAT_PAY_URLS', 'must be https in production')
  }
  for (const name of [
    'CORE_ORIGIN',
    'KEYPAD_ORIGIN',
    'BFF_ORIGIN',
    'CONSOLE_ORIGIN',
    'BANK_URL',
    'ONE_CARD_URL',
    'SMS_URL',
    'UTILITY_URL',
    'REAL_NAME_URL',
    'WECHAT_API_URL',
    'WECHAT_AUTHORISE_URL',
    'WECHAT_SCRIPT_URL',
  ] as const) {
    const address = values[name]
    if (address && !isSafe(address)) refuse(name, 'must be https in production')
  }
}

const commandSchema = z.object(commandShape).superRefine(refuseUnsafe)
const coreSchema = z.object(coreShape).superRefine(refuseUnsafe)
