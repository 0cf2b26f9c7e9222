#!/usr/bin/env node
import { IMPORT_USAGE, runImport, UsageError } from './campus/import-command.ts'
import { ConfigError } from './config.ts'
import { describeFault } from './http/faults.ts'
import { CHECK_BOOKS_USAGE, runCheckBooks } from './ledger/check-books-command.ts'

/** `npm run ecode -- <command>`: what an operator does beside a running core. */
const commands = { 'import-campus': runImport, 'check-books': runCheckBooks }
const usage = `${IMPORT_USAGE}\n\n${CHECK_BOOKS_USAGE}`

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
