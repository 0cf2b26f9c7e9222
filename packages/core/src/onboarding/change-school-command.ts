import { parseArgs } from 'node:util'
import { type SchoolSettings, schoolSettingsSchema } from '@campus-ecode/protocol/operator-api'
import { schoolIdSchema } from '@campus-ecode/protocol/shapes'
import { readCommandConfig } from '../config.ts'
import { inTransaction } from '../db/database.ts'
import { createLog } from '../http/log.ts'
import { openServices } from '../open-services.ts'
import { UsageError } from '../usage-error.ts'
import { changeSchool } from './create-school.ts'

export const CHANGE_SCHOOL_USAGE = `ecode school change --id SCHOOL [--name NAME] [--name-en NAME] [--accent '#0f766e'] [--contact TEXT]
                    [--origin URL …] [--webhook-url URL | --webhook-url none]
                    [--collection-channel wechat --collection-channel mini_program | --collection-channel none]
  What is not named stays; --origin names all the pages that may show the card, those from before too, and
  --collection-channel all the places beside the school's app where merchants' printed codes are paid.`

/** `ecode school change`; a running core has it within seconds. */
export async function runChangeSchool(
  args: string[],
  env: Record<string, string | undefined>,
  print: (line: string) => void,
): Promise<void> {
  const { schoolId, settings } = parseOptions(args)
  const config = readCommandConfig(env)
  const { services, close } = await openServices(config, createLog('ecode', config.logLevel))
  try {
    const isThere = await inTransaction(services.db.pool, (tx) =>
      changeSchool(tx, services, schoolId, settings),
    )
    if (!isThere) throw new UsageError(`there is no school ${schoolId}`)
    print(`school ${schoolId}: ${Object.keys(settings).join(', ')} changed`)
  } finally {
    await close()
  }
}

function parseOptions(args: string[]): { schoolId: string; settings: SchoolSettings } {
  try {
    const text = { type: 'string' } as const
    const list = { type: 'string', multiple: true } as const
    const { values } = parseArgs({
      args,
      options: {
        ...{ id: text, name: text, 'name-en': text, accent: text, contact: text },
        ...{ origin: list, 'webhook-url': text, 'collection-channel': list },
      },
    })
    const schoolId = schoolIdSchema.safeParse(values.id).data
    if (schoolId === undefined) throw new Error('say --id, four digits')
    const webhookUrl = values['webhook-url']
    const channels = values['collection-channel']
    const said = Object.entries({
      ...{ name: values.name, nameEn: values['name-en'], accent: values.accent },
      ...{ supportContact: values.contact, origins: values.origin },
      webhookUrl: webhookUrl === 'none' ? null : webhookUrl,
      collectionChannels: channels?.join() === 'none' ? [] : channels,
    }).filter(([, value]) => value !== undefined)
    if (said.length === 0) throw new Error('say what to change')
    const settings = schoolSettingsSchema.safeParse(Object.fromEntries(said))
    if (settings.success) return { schoolId, settings: settings.data }
    const wrong = settings.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
    throw new Error(wrong.join('; '))
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}
