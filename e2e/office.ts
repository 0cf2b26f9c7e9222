import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { campusSchema } from '@campus-ecode/protocol/campus'
import { ROOT, type SystemUrls } from './system.ts'

const DEMO_CAMPUS = join(ROOT, 'packages/sandbox/demo/campus.json')

type CampusFile = (typeof campusSchema)['_input']

/** What the school has beside the demo campus, and who has left it. */
export interface CampusChange {
  gates?: CampusFile['gates']
  accessPolicies?: CampusFile['accessPolicies']
  merchants?: CampusFile['merchants']
  left?: string[]
}

/** Whoever runs the core for the school, at its command line, while it serves. */
export class Office {
  readonly #system: SystemUrls

  constructor(system: SystemUrls) {
    this.#system = system
  }

  /** Imports the demo campus anew, changed. */
  async importCampus({
    gates = [],
    accessPolicies = [],
    merchants = [],
    left = [],
  }: CampusChange): Promise<void> {
    const { dataDir, bffUrl, coreUrl, demoUrl, orderingUrl, officialAccountUrl } = this.#system
    const demo = JSON.parse(readFileSync(DEMO_CAMPUS, 'utf8')) as CampusFile
    const campus: CampusFile = {
      ...demo,
      people: demo.people.map((person) => ({ ...person, left: left.includes(person.name) })),
      merchants: [...demo.merchants.map((each) => withNotices(each, orderingUrl)), ...merchants],
      gates: [...(demo.gates ?? []), ...gates],
      accessPolicies: [...(demo.accessPolicies ?? []), ...accessPolicies],
    }
    const file = join(dataDir, 'campus.json')
    writeFileSync(file, JSON.stringify(campus))
    await this.#run([
      ...['import-campus', file, '--out', join(dataDir, 'demo.json')],
      ...['--origin', demoUrl, '--origin', orderingUrl, '--origin', officialAccountUrl],
      ...['--bff-url', bffUrl, '--core-url', coreUrl, '--demo-url', demoUrl],
    ])
  }

  /** Somebody who is new at the school, with a card that nobody has claimed. */
  async importPerson(name: string, cardNo: string): Promise<void> {
    const table = join(this.#system.dataDir, `person-${cardNo}.csv`)
    writeFileSync(table, `name,cardNo,class\n${name},${cardNo},student\n`)
    await this.#run([...'import people --school 1001'.split(' '), table])
  }

  /** What somebody carries to a gate that has no network. @returns The file. */
  async writeGateDocuments(gate: string): Promise<string> {
    const { dataDir } = this.#system
    const out = join(dataDir, `gate-documents-${crypto.randomUUID()}.json`)
    await this.#run(['gate-documents', '--school', '1001', '--gate', gate, '--out', out])
    return out
  }

  /** @returns The files that are hung up. */
  async printCollectionCode(
    merchant: string,
    terminal: string,
    options: string[] = [],
  ): Promise<string[]> {
    const out = join(this.#system.dataDir, 'collection-codes')
    const till = ['--school', '1001', '--merchant', merchant, '--terminal', terminal]
    const printed = await this.#run(['collection-code', ...till, '--out', out, ...options])
    return printed.split('\n').filter((line) => line.startsWith(out))
  }

  /** @returns Its address. */
  async openIncomingPage(merchant: string): Promise<string> {
    const printed = await this.#run(['incoming-page', '--school', '1001', '--merchant', merchant])
    return printed.trim()
  }

  async #run(args: string[]): Promise<string> {
    const { dataDir, sandboxUrl, keypadUrl } = this.#system
    const { portKey } = JSON.parse(readFileSync(join(dataDir, 'secrets.json'), 'utf8'))
    const env = {
      ...process.env,
      ...{ DATA_DIR: dataDir, PORT_KEY_ID: 'core-1', PORT_KEY_SECRET: portKey },
      ...{ KEYPAD_PORT: '1', KEYPAD_ORIGIN: keypadUrl },
      // Asked for nothing here; a command has to know where they are all the same.
      ...{ BANK_URL: sandboxUrl, ONE_CARD_URL: sandboxUrl, SMS_URL: sandboxUrl },
    }
    const command = ['packages/core/dist/cli.js', ...args]
    const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: ROOT, env })
    return stdout
  }
}

function withNotices(merchant: CampusFile['merchants'][number], orderingUrl: string) {
  const notifyUrl = `${orderingUrl}/notices`
  const terminals = merchant.terminals.map((terminal) =>
    terminal.kind === 'online' ? { ...terminal, notifyUrl } : terminal,
  )
  return { ...merchant, terminals }
}
