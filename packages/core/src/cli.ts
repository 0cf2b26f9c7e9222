#!/usr/bin/env node
import { ConfigError } from './config.ts'
import { describeFault } from './http/faults.ts'
import { INCOMING_PAGE_USAGE, runIncomingPage } from './incoming/incoming-command.ts'
import { CHECK_BOOKS_USAGE, runCheckBooks } from './ledger/check-books-command.ts'
import { MATCH_USAGE, runMatch } from './matching/match-command.ts'
import { IMPORT_ROWS_USAGE, runImportRows } from './onboarding/import-rows-command.ts'
import { ROTATE_KEY_USAGE, runRotateKey } from './onboarding/rotate-key-command.ts'
import { runSchool, SCHOOL_USAGE } from './onboarding/school-command.ts'
import { REVOCATIONS_USAGE, runRevocations } from './revocations/revocations-command.ts'
import { END_SIGN_INS_USAGE, runEndSignIns } from './sign-ins/end-sign-ins-command.ts'
import { runStaff, STAFF_USAGE } from './staff/staff-command.ts'
import {
  runStatement,
  runStatementKey,
  runVerifyStatement,
  STATEMENT_USAGE,
} from './statements/statement-command.ts'
import { UsageError } from './usage-error.ts'

interface Command {
  run(
    args: string[],
    env: Record<string, string | undefined>,
    print: (line: string) => void,
  ): Promise<void>
  usage: string
}

/** `npm run ecode -- <command>`: what an operator does beside a running core. Only the one that is wanted is loaded. */
const commands = new Map<string, () => Promise<Command>>([
  [
    'school',
    async () => {
      const { runSchool: run, SCHOOL_USAGE: usage } = await import('./onboarding/school-command.ts')
      return { run, usage }
    },
  ],
  [
    'import',
    async () => {
      const { runImportRows: run, IMPORT_ROWS_USAGE: usage } = await import(
        './onboarding/import-rows-command.ts'
      )
      return { run, usage }
    },
  ],
  [
    'import-campus',
    async () => {
      const { runImport: run, IMPORT_USAGE: usage } = await import('./campus/import-command.ts')
      return { run, usage }
    },
  ],
  [
    'rotate-key',
    async () => {
      const { runRotateKey: run, ROTATE_KEY_USAGE: usage } = await import(
        './onboarding/rotate-key-command.ts'
      )
      return { run, usage }
    },
  ],
  [
    'check-books',
    async () => {
      const { runCheckBooks: run, CHECK_BOOKS_USAGE: usage } = await import(
        './ledger/check-books-command.ts'
      )
      return { run, usage }
    },
  ],
  [
    'backup',
    async () => {
      const { runBackup: run, BACKUP_USAGE: usage } = await import('./backup/backup-command.ts')
      return { run, usage }
    },
  ],
  [
    'restore',
    async () => {
      const { runRestore: run, BACKUP_USAGE: usage } = await import('./backup/backup-command.ts')
      return { run, usage }
    },
  ],
  [
    'rotate-access-key',
    async () => {
      const { runRotateAccessKey: run, ROTATE_USAGE: usage } = await import(
        './access-keys/rotate-command.ts'
      )
      return { run, usage }
    },
  ],
  [
    'revocations',
    async () => {
      const { runRevocations: run, REVOCATIONS_USAGE: usage } = await import(
        './revocations/revocations-command.ts'
      )
      return { run, usage }
    },
  ],
  [
    'gate-documents',
    async () => {
      const { runGateDocuments: run, GATE_DOCUMENTS_USAGE: usage } = await import(
        './gates/gate-documents-command.ts'
      )
      return { run, usage }
    },
  ],
  [
    'collection-code',
    async () => {
      const { runCollectionCode: run, COLLECTION_CODE_USAGE: usage } = await import(
        './collections/collection-command.ts'
      )
      return { run, usage }
    },
  ],
  [
    'incoming-page',
    async () => {
      const { runIncomingPage: run, INCOMING_PAGE_USAGE: usage } = await import(
        './incoming/incoming-command.ts'
      )
      return { run, usage }
    },
  ],
  [
    'statement',
    async () => {
      const { runStatement: run, STATEMENT_USAGE: usage } = await import(
        './statements/statement-command.ts'
      )
      return { run, usage }
    },
  ],
  [
    'statement-key',
    async () => {
      const { runStatementKey: run, STATEMENT_USAGE: usage } = await import(
        './statements/statement-command.ts'
      )
      return { run, usage }
    },
  ],
  [
    'verify-statement',
    async () => {
      const { runVerifyStatement: run, STATEMENT_USAGE: usage } = await import(
        './statements/statement-command.ts'
      )
      return { run, usage }
    },
  ],
  [
    'match',
    async () => {
      const { runMatch: run, MATCH_USAGE: usage } = await import('./matching/match-command.ts')
      return { run, usage }
    },
  ],
  [
    'staff',
    async () => {
      const { runStaff: run, STAFF_USAGE: usage } = await import('./staff/staff-command.ts')
      return { run, usage }
    },
  ],
  [
    'delete-person',
    async () => {
      const { runDeletePerson: run, DELETE_PERSON_USAGE: usage } = await import(
        './erasure/delete-person-command.ts'
      )
      return { run, usage }
    },
  ],
  [
    'webhooks',
    async () => {
      const { runWebhooks: run, WEBHOOKS_USAGE: usage } = await import(
        './webhooks/webhooks-command.ts'
      )
      return { run, usage }
    },
  ],
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
  ['end-sign-ins', { run: runEndSignIns, usage: END_SIGN_INS_USAGE }],
  ['delete-person', { run: runDeletePerson, usage: DELETE_PERSON_USAGE }],
  ['webhooks', { run: runWebhooks, usage: WEBHOOKS_USAGE }],
])

const [name = '', ...args] = process.argv.slice(2)
const load = commands.get(name)
const command = await load?.()
try {
  if (!command) throw new UsageError(`name a command: ${[...commands.keys()].join(', ')}`)
  await command.run(args, process.env, console.log)
} catch (error) {
  if (error instanceof UsageError) {
    console.error(command ? `${error.message}\n\n${command.usage}` : error.message)
  } else if (error instanceof ConfigError) console.error(error.message)
  else console.error(JSON.stringify(describeFault(error)))
  process.exitCode = error instanceof UsageError ? 2 : 1
}
