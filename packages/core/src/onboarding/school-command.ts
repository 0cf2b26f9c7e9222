import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { CampusError } from '../campus/campus-error.ts'
import { readCommandConfig } from '../config.ts'
import { createLog } from '../http/log.ts'
import { openServices } from '../open-services.ts'
import { UsageError } from '../usage-error.ts'
import { CHANGE_SCHOOL_USAGE, runChangeSchool } from './change-school-command.ts'
import { checkOneCard } from './check-one-card.ts'
import { createSchool } from './create-school.ts'
import { describeSchool, LINE_FORMS, type SchoolWords } from './describe-school.ts'
import { interview } from './interview.ts'
import { tellOnce } from './tell-once.ts'
import { writeSnippet } from './write-snippet.ts'

export const SCHOOL_USAGE = `ecode school create --out SECRETS.json [--id 1001 --name NAME --name-en NAME --accent '#0f766e' --contact TEXT]
                    [--origin URL …] [--collection-channel wechat|mini_program …] [--campus NAME …]
                    [--merchant '${LINE_FORMS.merchant}' …] [--till '${LINE_FORMS.till}' …] [--gate '${LINE_FORMS.gate}' …]
                    [--one-card-account NUMBER | --without-one-card] [--bff-url URL] [--yes]
  Makes a school, all of it or nothing; asks for what is not said, when somebody sits there. Keys and the school's
  secret go to SECRETS.json, told once. People come by \`ecode import\`, policies of gates by the operator's API.
${CHANGE_SCHOOL_USAGE}`

/** `ecode school create` (R35), and `ecode school change`. */
export async function runSchool(
  args: string[],
  env: Record<string, string | undefined>,
  print: (line: string) => void,
): Promise<void> {
  if (args[0] === 'change') return runChangeSchool(args.slice(1), env, print)
  const options = parseOptions(args)
  const config = readCommandConfig(env)
  const { services, close } = await openServices(config, createLog('ecode', config.logLevel))
  const person = process.stdin.isTTY ? askPerson() : undefined
  try {
    const words = person
      ? await interview(person.ask, print, options.words)
      : refuseMissing(options.words)
    const school = describeSchool(words)
    if (!options.withoutOneCard) {
      const { reachable, result } = await checkOneCard(services, options.oneCardAccount)
      print(
        `one-card system: ${reachable ? 'answers as documented' : `does not answer (${result})`}`,
      )
      if (!reachable) {
        throw new UsageError('see docs/one-card-interface.md, or say --without-one-card')
      }
    }
    const { merchants, gates } = school
    const tillCount = merchants.flatMap(({ terminals }) => terminals).length
    print(
      `school ${words.id} ${words.name}: ${merchants.length} merchants, ${tillCount} tills, ${gates.length} gates`,
    )
    const isSure =
      !person || options.yes || /^(y|yes|是)$/i.test(await person.ask('创建 Create? [y/N] '))
    if (!isSure) return print('nothing was written')
    await tellOnce(options.out, (tell) => createSchool(services, school, tell))
    print(`made; keys and secret are in ${options.out}, and nowhere else`)
    print(writeSnippet(words.id, options.bffUrl))
  } catch (error) {
    if (error instanceof CampusError) throw new UsageError(error.message)
    throw error
  } finally {
    person?.leave()
    await close()
  }
}

/** Lines that are pasted, or typed before they are asked for, are answers in their order. */
function askPerson() {
  const reader = createInterface({ input: process.stdin })
  const lines = reader[Symbol.asyncIterator]()
  return {
    async ask(question: string): Promise<string> {
      process.stdout.write(question)
      const { value, done } = await lines.next()
      if (done) throw new UsageError('no more answers: nothing was written')
      return value
    },
    leave: () => reader.close(),
  }
}

function refuseMissing(given: Partial<SchoolWords>): SchoolWords {
  const { id, name, nameEn, contact } = given
  if (!id || !name || !nameEn || !contact) {
    throw new UsageError('say --id, --name, --name-en and --contact; nobody is there to be asked')
  }
  return {
    ...{ id, name, nameEn, contact, accent: given.accent ?? '#0f766e' },
    ...{ origins: given.origins ?? [], campuses: given.campuses ?? [] },
    collectionChannels: given.collectionChannels ?? [],
    ...{ merchants: given.merchants ?? [], tills: given.tills ?? [], gates: given.gates ?? [] },
  }
}

function parseOptions(args: string[]) {
  try {
    const text = { type: 'string' } as const
    const list = { type: 'string', multiple: true } as const
    const flag = { type: 'boolean', default: false } as const
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        ...{ out: text, id: text, name: text, 'name-en': text, accent: text, contact: text },
        ...{
          origin: list,
          'collection-channel': list,
          campus: list,
          merchant: list,
          till: list,
          gate: list,
        },
        ...{ 'one-card-account': text, 'without-one-card': flag, yes: flag },
        'bff-url': { type: 'string', default: 'https://pay.school.edu' },
      },
    })
    if (positionals.join(' ') !== 'create') throw new Error('say school create, or school change')
    if (!values.out) throw new Error('say --out SECRETS.json')
    const said = {
      ...{ id: values.id, name: values.name, nameEn: values['name-en'], accent: values.accent },
      ...{ contact: values.contact, origins: values.origin, campuses: values.campus },
      collectionChannels: values['collection-channel'],
      ...{ merchants: values.merchant, tills: values.till, gates: values.gate },
    }
    const words: Partial<SchoolWords> = Object.fromEntries(
      Object.entries(said).filter(([, value]) => value !== undefined),
    )
    return {
      ...{ words, out: values.out, yes: values.yes, bffUrl: values['bff-url'] },
      ...{ oneCardAccount: values['one-card-account'], withoutOneCard: values['without-one-card'] },
    }
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}
