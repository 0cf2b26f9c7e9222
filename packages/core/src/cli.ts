#!/usr/bin/env node
import { ROTATE_USAGE, runRotateAccessKey } from './access-keys/rotate-command.ts'
import { BACKUP_USAGE, runBackup, runRestore } from './backup/backup-command.ts'
import { IMPORT_USAGE, runImport } from './campus/import-command.ts'
import { COLLECTION_CODE_USAGE, runCollectionCode } from './collections/collection-command.ts'
import { ConfigError } from './config.ts'
import { DELETE_PERSON_USAGE, runDeletePerson } from './erasure/delete-person-command.ts'
import { GATE_DOCUMENTS_USAGE, runGateDocuments } from './gates/gate-documents-command.ts'
import { describeFault } from './http/faults.ts'
import { INCOMING_PAGE_USAGE, runIncomingPage } from './incoming/incoming-command.ts'
import { CHECK_BOOKS_USAGE, runCheckBooks } from './ledger/check-books-command.ts'
import { MATCH_USAGE, runMatch } from './matching/match-command.ts'
import { IMPORT_ROWS_USAGE, runImportRows } from './onboarding/import-rows-command.ts'
import { ROTATE_KEY_USAGE, runRotateKey } from './onboarding/rotate-key-command.ts'
import { runSchool, SCHOOL_USAGE } from './onboarding/school-command.ts'
import { REVOCATIONS_USAGE, runRevocations } from './revocations/revocations-command.ts'
import { runStaff, STAFF_USAGE } from './staff/staff-command.ts'
import {
  runStatement,
  runStatementKey,
  runVerifyStatement,
  STATEMENT_USAGE,
} from './statements/statement-command.ts'
import { UsageError } from './usage-error.ts'
import { runWebhooks, WEBHOOKS_USAGE } from './webhooks/webhooks-command.ts'

type Run = (
  args: string[],
  env: Record<string, string | undefined>,
  print: (line: string) => void,
) => Promise<void>

/** `npm run ecode -- <command>`: what an operator does beside a running core. */
const commands = new Map<string, { run: Run; usage: string }>([
  ['school', { run: runSchool, usage: SCHOOL_USAGE }],
  ['import', { run: runImportRows, usage: IMPORT_ROWS_USAGE }],
  ['import-campus', { run: runImport, usage: IMPORT_USAGE }],
  ['rotate-key', { run: runRotateKey, usage: ROTATE_KEY_USAGE }],
  ['check-books', { run: runCheckBooks, usage: CHECK_BOOKS_USAGE }],
  ['backup', { run: runBackup, usage: BACKUP_USAGE }],
  ['restore', { run: runRestore, usage: BACKUP_USAGE }],
  ['rotate-access-key', { run: runRotateAccessKey, usage: ROTATE_USAGE }],
  ['revocations', { run: runRevocations, usage: REVOCATIONS_USAGE }],
  ['gate-documents', { run: runGateDocuments, usage: GATE_DOCUMENTS_USAGE }],
  ['collection-code', { run: runCollectionCode, usage: COLLECTION_CODE_USAGE }],
  ['incoming-page', { run: runIncomingPage, usage: INCOMING_PAGE_USAGE }],
  ['statement', { run: runStatement, usage: STATEMENT_USAGE }],
  ['statement-key', { run: runStatementKey, usage: STATEMENT_USAGE }],
  ['verify-statement', { run: runVerifyStatement, usage: STATEMENT_USAGE }],
  ['match', { run: runMatch, usage: MATCH_USAGE }],
  ['staff', { run: runStaff, usage: STAFF_USAGE }],
  ['delete-person', { run: runDeletePerson, usage: DELETE_PERSON_USAGE }],
  ['webhooks', { run: runWebhooks, usage: WEBHOOKS_USAGE }],
])
const allUsage = () => [...new Set([...commands.values()].map(({ usage }) => usage))].join('\n\n')

const [name = '', ...args] = process.argv.slice(2)
const command = commands.get(name)
try {
  if (!command) throw new UsageError('name a command')
  await command.run(args, process.env, console.log)
} catch (error) {
  if (error instanceof UsageError) {
    console.error(`${error.message}\n\n${command?.usage ?? allUsage()}`)
  } else if (error instanceof ConfigError) console.error(error.message)
  else console.error(JSON.stringify(describeFault(error)))
  process.exitCode = error instanceof UsageError ? 2 : 1
}
