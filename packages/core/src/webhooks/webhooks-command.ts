import { parseArgs } from 'node:util'
import { idSchema } from '@campus-ecode/protocol/shapes'
import { readCommandConfig } from '../config.ts'
import { formatPlace, type Place, parsePlace } from '../db/place.ts'
import { createLog } from '../http/log.ts'
import type { Services } from '../http/operation.ts'
import { openServices } from '../open-services.ts'
import { UsageError } from '../usage-error.ts'
import { type DeliveryState, deliveryStates, listDeliveries, replayWebhooks } from './deliveries.ts'
import { readSchoolEndpoint, rotateWebhookSecret, schoolEndpointId } from './school-endpoint.ts'

export const WEBHOOKS_USAGE = `ecode webhooks secret --school SCHOOL [--rotate | --replace]
  Prints where the school's server is told what happens to its people, and the secret to verify it with.
  --rotate makes another; for a day what is sent is signed with both. --replace ends the one before at once.
ecode webhooks list --school SCHOOL [--endpoint ID] [--state waiting|delivered|given_up] [--after CURSOR]
  What was told in the last thirty days, newest first, and how that went; of the school's server, or a merchant's.
ecode webhooks replay --school SCHOOL [--endpoint ID] (--id ID | --from TIME --until TIME [--state STATE])
  Sends again: the same content under the same id (docs/webhooks.md).`

const GRACE_SECONDS = 24 * 3_600
const PAGE_COUNT = 50

type Env = Record<string, string | undefined>

const verbNames = ['secret', 'list', 'replay'] as const
interface Options {
  verb: (typeof verbNames)[number]
  school: string
  endpointId: string
  rotate: boolean
  replace: boolean
  state: DeliveryState | undefined
  after: Place | undefined
  id: string | undefined
  from: Date | undefined
  until: Date | undefined
}

/** `ecode webhooks`; works beside a running core. */
export async function runWebhooks(
  args: string[],
  env: Env,
  print: (line: string) => void,
): Promise<void> {
  const options = parseOptions(args)
  const config = readCommandConfig(env)
  const { services, close } = await openServices(config, createLog('ecode', config.logLevel))
  try {
    await verbs[options.verb](services, options, print)
  } finally {
    await close()
  }
}

type Verb = (services: Services, options: Options, print: (line: string) => void) => Promise<void>

const verbs: Record<Options['verb'], Verb> = {
  secret: runSecret,
  list: runList,
  replay: runReplay,
}

async function runSecret(...[services, { school, rotate, replace }, print]: Parameters<Verb>) {
  if (rotate || replace) await rotateWebhookSecret(services, school, replace ? 0 : GRACE_SECONDS)
  const endpoint = await readSchoolEndpoint(services, school)
  if (!endpoint) throw new UsageError(`school ${school} has no webhookUrl (docs/webhooks.md)`)
  print(endpoint.url)
  print(endpoint.secret)
}

async function runList(
  ...[services, { school, endpointId, state, after }, print]: Parameters<Verb>
) {
  const rows = await listDeliveries(
    services.db.pool,
    { schoolId: school, endpointId },
    { state, after, count: PAGE_COUNT },
  )
  for (const row of rows) {
    const tries = `${row.attempt_count} tries${row.failure ? `, ${row.failure}` : ''}`
    const { webhook_id: id, type } = row
    print([row.created_at.toISOString(), id, type, row.state, tries].join('  '))
  }
  const last = rows.length === PAGE_COUNT ? rows.at(-1) : undefined
  if (last) print(`--after ${formatPlace({ atMicros: last.at_micros, id: last.webhook_id })}`)
}

async function runReplay(...[services, options, print]: Parameters<Verb>) {
  const { school, endpointId, id, from, until, state } = options
  const which = from && until ? { from, until, state } : { webhookId: id ?? '' }
  const count = await replayWebhooks(services, { schoolId: school, endpointId }, which)
  print(`${count} will be sent again`)
}

function parseOptions(args: string[]): Options {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean', default: false } as const
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        ...{ school: text, endpoint: text, state: text, after: text, id: text },
        ...{ from: text, until: text, rotate: flag, replace: flag },
      },
    })
    const { school, rotate, replace, endpoint } = values
    const verb = verbNames.find((name) => name === positionals[0])
    if (!verb || positionals.length !== 1) throw new Error('say secret, list or replay')
    if (!school || !/^\d{4}$/.test(school)) throw new Error('name a --school')
    const after = values.after === undefined ? undefined : parsePlace(values.after)
    if (after === 'malformed') throw new Error('--after is what a list ended with')
    const isOne = values.id !== undefined
    const isSpan = values.from !== undefined && values.until !== undefined
    if (verb === 'replay' && isOne === isSpan) throw new Error('name --id, or --from and --until')
    return {
      ...{ verb, school, rotate, replace, after },
      endpointId: endpoint === undefined ? schoolEndpointId(school) : idSchema.parse(endpoint),
      state: values.state === undefined ? undefined : readState(values.state),
      id: values.id === undefined ? undefined : idSchema.parse(values.id),
      from: readTime(values.from),
      until: readTime(values.until),
    }
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function readState(text: string): DeliveryState {
  const state = deliveryStates.find((one) => one === text)
  if (!state) throw new Error(`--state is one of ${deliveryStates.join(', ')}`)
  return state
}

function readTime(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined
  const at = new Date(text)
  if (Number.isNaN(at.getTime())) throw new Error('a time is 2026-09-01T12:00:00+08:00')
  return at
}
