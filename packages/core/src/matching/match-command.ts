import { createReadStream } from 'node:fs'
import { access, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { JournalFileError } from '@campus-ecode/protocol/journal-file'
import { type ForeignKind, foreignKindSchema } from '@campus-ecode/protocol/shapes'
import { createSigningKey } from '@campus-ecode/protocol/signing-key'
import { type CommandConfig, readCommandConfig } from '../config.ts'
import { isForeign } from '../foreign-codes/foreign-codes.ts'
import { createLog } from '../http/log.ts'
import type { Services } from '../http/operation.ts'
import { openServices } from '../open-services.ts'
import { parseTradeBill } from '../ports/wechat-pay/trade-bill.ts'
import { toYuan } from '../statements/entry.ts'
import { refusalNames } from '../statements/statement-command.ts'
import { toCsv } from '../statements/table.ts'
import { UsageError } from '../usage-error.ts'
import { fetchJournalFile } from './fetch-journal-file.ts'
import { findMatched, type MatchRefusal, matchDay, type OutsideFile } from './match-day.ts'
import { type MatchedPort, readOutsideLines, readTradeLines } from './outside-line.ts'
import { type PortResult, reportRows } from './report.ts'
import type { MatchScope } from './store.ts'

export const MATCH_USAGE = `ecode match --school SCHOOL --day YYYY-MM-DD --out FOLDER [--bank FILE] [--one-card FILE] [--wechat FILE]
  Holds what bank, one-card system and WeChat say of a day against the books, and writes a report. Files that are not
  named are fetched; WeChat's only where WeChat is set up. Days go in their order; again, a day changes nothing.
  Ends with status 1 while anything but what is merely late stands open (docs/matching.md).`

type Env = Record<string, string | undefined>

/** `ecode match`; works beside a running core. */
export async function runMatch(
  args: string[],
  env: Env,
  print: (line: string) => void,
): Promise<void> {
  const { school, day, out, files } = parseOptions(args)
  const config = readCommandConfig(env)
  const { services, close } = await openServices(config, createLog('ecode', config.logLevel))
  try {
    const ports = portsOf(services)
    for (const port of ports) {
      // One that cannot be had, or is none, does not hold up the others.
      const said = await matchPort(services, config, { schoolId: school, port, day }, files[port])
      if (said) print(`${port}: ${said.line}`)
      if (said && !said.isRight) process.exitCode = 1
    }
    const results: PortResult[] = []
    for (const port of ports) {
      const scope = { schoolId: school, port, day }
      results.push({ port, ...(await findMatched(services.db.pool, scope)) })
    }
    await mkdir(out, { recursive: true })
    const path = join(out, `match-${school}-${day}.csv`)
    await writeFile(path, toCsv(reportRows(school, day, results), { isFirst: true }))
    print(path)
  } finally {
    await close()
  }
}

/** WeChat's place is always there, other systems' where they are set up. */
function portsOf({ ports }: Services): MatchedPort[] {
  const isShown = (kind: ForeignKind) => kind === 'wechat' || ports.foreignCodes[kind]
  return ['bank', 'one_card', ...foreignKindSchema.options.filter(isShown)]
}

/** @returns undefined where there is no such system. */
async function matchPort(
  services: Services,
  config: CommandConfig,
  scope: MatchScope,
  file: string | undefined,
): Promise<{ line: string; isRight: boolean } | undefined> {
  let lines: Awaited<ReturnType<typeof findFile>>
  try {
    lines = await findFile(services, config, { ...scope, file })
  } catch (error) {
    return { line: `no file: ${(error as Error).message}`, isRight: false }
  }
  if (lines === 'not_set_up') return undefined
  if (lines === 'none') return { line: `there is no file of ${scope.day} yet`, isRight: false }
  try {
    const result = await matchDay(services.db, scope, lines)
    if ('refused' in result) return { line: describe(result), isRight: false }
    const { matched, differences } = result
    const open = differences.filter(({ kind }) => kind !== null)
    return {
      line:
        `here ${toYuan(matched.here_fen)} yuan in ${matched.here_count}, ` +
        `there ${toYuan(matched.there_fen)} in ${matched.there_count}, ${open.length} differences open`,
      isRight: open.every(({ kind }) => kind === 'late'),
    }
  } catch (error) {
    if (!(error instanceof JournalFileError)) throw error
    return { line: `the file is refused: ${error.message}`, isRight: false }
  }
}

function describe({ refused, detail }: MatchRefusal): string {
  const sentence =
    refused === 'out_of_turn'
      ? 'another day comes first'
      : refused === 'file_changed'
        ? 'this day was matched with another file; corrections belong into the file of a later day'
        : refusalNames[refused]
  return detail ? `${sentence}: ${detail}` : sentence
}

async function findFile(
  services: Services,
  config: CommandConfig,
  { port, day, file }: { port: MatchedPort; day: string; file: string | undefined },
): Promise<OutsideFile | 'none' | 'not_set_up'> {
  if (port === 'wechat' && file) {
    const bill = parseTradeBill(await readFile(file, 'utf8'))
    return () => readTradeLines(bill, day)
  }
  if (isForeign(port)) {
    const lines = await services.ports.foreignCodes[port]?.readBill(day)
    return lines ? () => lines : 'not_set_up'
  }
  if (file) {
    await access(file)
    return () => readOutsideLines(createInterface({ input: createReadStream(file, 'utf8') }), day)
  }
  const url = port === 'bank' ? config.ports.bankUrl : config.ports.oneCardUrl
  const key = createSigningKey(config.ports.key)
  const body = await fetchJournalFile({ url, key, now: services.now }, day)
  return body ? () => readOutsideLines(linesOf(body), day) : 'none'
}

/** One after the other: all at once they would take several times the file's memory. */
function* linesOf(body: Uint8Array): Generator<string> {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(10, from)
    const to = end === -1 ? bytes.length : end
    yield bytes.toString('utf8', from, to)
    from = to + 1
  }
}

function parseOptions(args: string[]) {
  const text = { type: 'string' } as const
  let values: Partial<Record<'school' | 'day' | 'out' | 'bank' | 'one-card' | 'wechat', string>>
  try {
    const options = {
      school: text,
      day: text,
      out: text,
      bank: text,
      'one-card': text,
      wechat: text,
    }
    values = parseArgs({ args, options }).values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
  const { school, day, out, bank, 'one-card': oneCard, wechat } = values
  if (!school || !day || !out) throw new UsageError('name --school, --day and --out')
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) throw new UsageError('--day is YYYY-MM-DD')
  const files: Partial<Record<MatchedPort, string | undefined>> = {
    bank,
    one_card: oneCard,
    wechat,
  }
  return { school, day, out, files }
}
