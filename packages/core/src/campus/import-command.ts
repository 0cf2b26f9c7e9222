import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { type Campus, campusSchema } from '@campus-ecode/protocol/campus'
import { readCommandConfig } from '../config.ts'
import { createLog } from '../http/log.ts'
import { openServices } from '../open-services.ts'
import { UsageError } from '../usage-error.ts'
import { readDemoFile, writeDemoFile } from './demo-file.ts'
import { importCampus } from './import-campus.ts'

export const IMPORT_USAGE = `ecode import-campus FILE --out DEMO_JSON [--origin ORIGIN …]
                    [--bff-url URL] [--core-url URL] [--demo-url URL] [--face-at-binding] [--notify-url URL]
                    [--service-url ID=URL …]
  Brings a school into the database and writes what an outside client needs to DEMO_JSON.
  It may be repeated; a running core goes on serving meanwhile. --face-at-binding: whatever FILE says,
  wallets of this school are opened only after a face check. --notify-url: notices about online orders go there.
  --service-url: where a service of FILE is (R36).`

/** `ecode import-campus`; prints what was done, never a secret. */
export async function runImport(
  args: string[],
  env: Record<string, string | undefined>,
  print: (line: string) => void,
): Promise<void> {
  const options = parseOptions(args)
  const config = readCommandConfig(env)
  const campus = await readCampus(options.file)
  campus.school.origins = [...new Set([...campus.school.origins, ...options.origins])]
  if (options.faceAtBinding) campus.school.faceAtBinding = true
  if (options.notifyUrl !== undefined) setNotifyUrl(campus, options.notifyUrl)
  for (const [id, url] of options.serviceUrls) setServiceUrl(campus, id, url)
  const { services, close } = await openServices(config, createLog('ecode', config.logLevel))
  try {
    const known = await readDemoFile(options.out)
    const report = await importCampus(services, campus, options.urls, known)
    await writeDemoFile(options.out, report.demo)
    const { demo, peopleAdded, topUpsOpen, topUpsDeclined } = report
    print(
      `school ${demo.school.id}: ${demo.people.length} people (${peopleAdded} new), ` +
        `${demo.merchants.length} merchants, ${demo.terminals.length} terminals, ` +
        `${demo.gates.length} gates`,
    )
    if (topUpsOpen > 0) print(`${topUpsOpen} first top-ups are undecided; the core goes on asking`)
    if (topUpsDeclined > 0) print(`${topUpsDeclined} first top-ups were declined by the bank`)
  } finally {
    await close()
  }
}

function setNotifyUrl({ merchants }: Campus, notifyUrl: string): void {
  for (const terminal of merchants.flatMap(({ terminals }) => terminals)) {
    if (terminal.kind === 'online') terminal.notifyUrl = notifyUrl
  }
}

function setServiceUrl({ services }: Campus, id: string, url: string): void {
  const service = services.find((each) => each.id === id)
  if (!service) throw new UsageError(`the campus has no service ${id}`)
  service.url = url
}

function parseOptions(args: string[]) {
  let parsed: ReturnType<typeof parse>
  try {
    parsed = parse(args)
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
  const { values, positionals } = parsed
  const [file, ...rest] = positionals
  if (!file || rest.length > 0 || !values.out) throw new UsageError('name one FILE and --out')
  const urls = {
    bffUrl: values['bff-url'],
    coreUrl: values['core-url'],
    demoUrl: values['demo-url'],
  }
  const notifyUrl = values['notify-url']
  const serviceUrls = values['service-url'].map((each) => {
    const [id = '', ...url] = each.split('=')
    return [id, url.join('=')] as const
  })
  const addresses = [
    ...[...Object.values(urls), ...values.origin, ...(notifyUrl ? [notifyUrl] : [])],
    ...serviceUrls.map(([, url]) => url),
  ]
  for (const address of addresses) {
    if (!URL.canParse(address)) throw new UsageError(`${address} is not an address`)
  }
  const origins = values.origin.map((o) => new URL(o).origin)
  const faceAtBinding = values['face-at-binding']
  return { file, out: values.out, origins, urls, faceAtBinding, notifyUrl, serviceUrls }
}

function parse(args: string[]) {
  return parseArgs({
    args,
    allowPositionals: true,
    options: {
      out: { type: 'string' },
      origin: { type: 'string', multiple: true, default: [] },
      'bff-url': { type: 'string', default: 'http://127.0.0.1:8080' },
      'core-url': { type: 'string', default: 'http://127.0.0.1:8081' },
      'face-at-binding': { type: 'boolean', default: false },
      'notify-url': { type: 'string' },
      'service-url': { type: 'string', multiple: true, default: [] },
      'demo-url': { type: 'string', default: 'http://127.0.0.1:8082' },
    },
  })
}

async function readCampus(path: string): Promise<Campus> {
  let content: unknown
  try {
    content = JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new UsageError(code === 'ENOENT' ? `there is no ${path}` : `${path} is not JSON`)
  }
  const parsed = campusSchema.safeParse(content)
  if (parsed.success) return parsed.data
  const wrong = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  throw new UsageError(`${path} does not describe a campus: ${wrong.slice(0, 20).join('; ')}`)
}
