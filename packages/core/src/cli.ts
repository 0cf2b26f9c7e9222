#!/usr/bin/env node
import { readSecretFiles } from '@campus-ecode/service/secret-files'
import { ConfigError } from '@campus-ecode/service/settings'
import { secretNames } from './config.ts'
import { describeFault } from './http/faults.ts'
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
    'refund-top-up',
    async () => {
      const { runRefundTopUp: run, REFUND_TOP_UP_USAGE: usage } = await import(
        './utilities/refund-top-up-command.ts'
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
    'end-sign-ins',
    async () => {
      const { runEndSignIns: run, END_SIGN_INS_USAGE: usage } = await import(
        './sign-ins/end-sign-ins-command.ts'
      )
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
])

const [name = '', ...args] = process.argv.slice(2)
const load = commands.get(name)
const command = await load?.()
try {
  if (!command) throw new UsageError(`name a command: ${[...commands.keys()].join(', ')}`)
  await command.run(args, readSecretFiles(process.env, secretNames), console.log)
} catch (error) {
  if (error instanceof UsageError) {
    console.error(command ? `${error.message}\n\n${command.usage}` : error.message)
  } else if (error instanceof ConfigError) console.error(error.message)
  else console.error(JSON.stringify(describeFault(error)))
  process.exitCode = error instanceof UsageError ? 2 : 1
}
