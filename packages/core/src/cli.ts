#!/usr/bin/env node
import { ROTATE_USAGE, runRotateAccessKey } from './access-keys/rotate-command.ts'
import { BACKUP_USAGE, runBackup, runRestore } from './backup/backup-command.ts'
import { IMPORT_USAGE, runImport } from './campus/import-command.ts'
import { COLLECTION_CODE_USAGE, runCollectionCode } from './collections/collection-command.ts'
import { ConfigError } from './config.ts'
import { GATE_DOCUMENTS_USAGE, runGateDocuments } from './gates/gate-documents-command.ts'
import { describeFault } from './http/faults.ts'
import { INCOMING_PAGE_USAGE, runIncomingPage } from './incoming/incoming-command.ts'
import { CHECK_BOOKS_USAGE, runCheckBooks } from './ledger/check-books-command.ts'
import { MATCH_USAGE, runMatch } from './matching/match-command.ts'
import { IMPORT_ROWS_USAGE, runImportRows } from './onboarding/import-rows-command.ts'
import { REVOCATIONS_USAGE, runRevocations } from './revocations/revocations-command.ts'
import {
  runStatement,
  runStatementKey,
  runVerifyStatement,
  STATEMENT_USAGE,
} from './statements/statement-command.ts'
import { UsageError } from './usage-error.ts'

/** `npm run ecode -- <command>`: what an operator does beside a running core. */
const commands = {
  'import-campus': runImport,
  import: runImportRows,
  'check-books': runCheckBooks,
  backup: runBackup,
  restore: runRestore,
  'rotate-access-key': runRotateAccessKey,
  revocations: runRevocations,
  'gate-documents': runGateDocuments,
  'collection-code': runCollectionCode,
  'incoming-page': runIncomingPage,
  statement: runStatement,
  'statement-key': runStatementKey,
  'verify-statement': runVerifyStatement,
  match: runMatch,
}
const usage = [
  IMPORT_USAGE,
  IMPORT_ROWS_USAGE,
  CHECK_BOOKS_USAGE,
  BACKUP_USAGE,
  ROTATE_USAGE,
  REVOCATIONS_USAGE,
  GATE_DOCUMENTS_USAGE,
  COLLECTION_CODE_USAGE,
  INCOMING_PAGE_USAGE,
  STATEMENT_USAGE,
  MATCH_USAGE,
].join('\n\n')

const [name = '', ...args] = process.argv.slice(2)
try {
  if (!Object.hasOwn(commands, name)) throw new UsageError('name a command')
  await commands[name as keyof typeof commands](args, process.env, console.log)
} catch (error) {
  if (error instanceof UsageError) console.error(`${error.message}\n\n${usage}`)
  else if (error instanceof ConfigError) console.error(error.message)
  else console.error(JSON.stringify(describeFault(error)))
  process.exitCode = error instanceof UsageError ? 2 : 1
}
