import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createOneCardOpenApi } from '@campus-ecode/protocol/one-card-openapi'
import { createSigningKey } from '@campus-ecode/protocol/signing-key'
import { z } from 'zod'
import { UsageError } from '../cli/usage-error.ts'
import { runVendorChecks } from './run-vendor-checks.ts'
import { Vendor } from './vendor.ts'

const USAGE = `Usage: npm run conform-one-card -- <url of a one-card system> --account <number>
       npm run -s conform-one-card -- --openapi

Checks over HTTP whether a one-card system keeps to docs/one-card-interface.md. It takes a few fen from the
account and gives them back; the account needs at least ¥0.10.

  --account <number>   a card number that it keeps an account of
  --openapi            prints the interface as OpenAPI 3.1 and checks nothing

With the account's campus-card password in CARD_PASSWORD that is checked, too, right once and wrong once.
The key is PORT_KEY_ID and PORT_KEY_SECRET, or core-1 with the portKey of $DATA_DIR/secrets.json.
Exit code: 0 all passed, 1 something failed, 3 wrong usage.`

const print = (line: string) => process.stdout.write(`${line}\n`)

try {
  process.exitCode = await main()
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  process.stderr.write(`${error.message}\n\n${USAGE}\n`)
  process.exitCode = 3
}

async function main(): Promise<number> {
  const options = readArgs()
  if (!options) {
    print(JSON.stringify(createOneCardOpenApi(), null, 2))
    return 0
  }
  const vendor = new Vendor({
    ...options,
    key: createSigningKey(await readPortKey()),
    password: process.env.CARD_PASSWORD || undefined,
  })
  print(`conform-one-card ${options.url}`)
  const { passed, failed, skipped } = await runVendorChecks(vendor, print)
  await vendor.close()
  const left = skipped > 0 ? `, ${skipped} skipped` : ''
  print(`\n${passed} passed, ${failed} failed${left}`)
  return failed > 0 ? 1 : 0
}

/** @returns undefined when only the interface is to be printed. */
function readArgs(): { url: string; account: string } | undefined {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { account: { type: 'string' }, openapi: { type: 'boolean' } },
    })
    if (values.openapi && positionals.length === 0) return undefined
    const [url, ...more] = positionals
    if (more.length > 0) throw new Error('one system at a time')
    return {
      url: z.url({ protocol: /^https?$/ }).parse(url),
      account: z.string().min(1).parse(values.account),
    }
  } catch {
    throw new UsageError('give the url of one system and an account, as below')
  }
}

async function readPortKey() {
  const { PORT_KEY_ID: keyId = 'core-1', PORT_KEY_SECRET: given } = process.env
  const algorithm = 'hmac-sha256' as const
  if (given) return { keyId, algorithm, secret: given }
  try {
    const path = join(process.env.DATA_DIR || '.data', 'secrets.json')
    const secrets = JSON.parse(await readFile(path, 'utf8'))
    return { keyId, algorithm, secret: z.object({ portKey: z.string() }).parse(secrets).portKey }
  } catch {
    throw new UsageError('the key is missing: PORT_KEY_SECRET, or secrets.json of the demo')
  }
}
