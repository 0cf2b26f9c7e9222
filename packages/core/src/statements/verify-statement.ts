import { createHash, createPublicKey, verify } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import {
  addsUp,
  type Statement,
  statementSchema,
  statementSigningInput,
} from '@campus-ecode/protocol/statement'
import type { Entry } from './entry.ts'
import { Settlement } from './settlement.ts'

/**
 * Holds a statement's folder against its signature, its files against what it says of them, and its sums
 * against its lines. Needs nothing of ours but the public key; takes bounded memory.
 *
 * @param publicKey Ed25519, 32 bytes.
 * @returns The statement, or what is wrong with it.
 */
export async function verifyStatement(
  folder: string,
  publicKey: Uint8Array,
): Promise<{ statement: Statement } | { wrong: string }> {
  const content = await readIfThere(join(folder, 'statement.json'))
  if (!content) return { wrong: 'statement.json' }
  const signature = await readIfThere(join(folder, 'statement.sig'))
  if (!signature) return { wrong: 'statement.sig' }
  const key = statementPublicKey(publicKey)
  if (!verify(null, statementSigningInput(content), key, signature))
    return { wrong: 'statement.sig' }
  const parsed = statementSchema.safeParse(JSON.parse(content.toString('utf8')))
  if (!parsed.success || !addsUp(parsed.data)) return { wrong: 'statement.json' }
  const statement = parsed.data
  for (const { name, bytes, sha256 } of statement.files) {
    const found = await hashFile(join(folder, name))
    if (found?.bytes !== bytes || found.sha256 !== sha256) return { wrong: name }
  }
  return (await sumsAreOfLines(folder, statement)) ? { statement } : { wrong: 'entries.jsonl' }
}

/** As `openssl` and other programs take it. */
export function statementPublicKey(publicKey: Uint8Array) {
  const x = Buffer.from(publicKey).toString('base64url')
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  return readFile(path).catch(ignoreMissing)
}

async function hashFile(path: string): Promise<{ bytes: number; sha256: string } | undefined> {
  const file = await open(path).catch(ignoreMissing)
  if (!file) return undefined
  const hash = createHash('sha256')
  let bytes = 0
  for await (const piece of file.createReadStream()) {
    hash.update(piece as Buffer)
    bytes += (piece as Buffer).length
  }
  return { bytes, sha256: hash.digest('hex') }
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}

async function sumsAreOfLines(folder: string, statement: Statement): Promise<boolean> {
  const settlement = new Settlement()
  let rowCount = 0
  const lines = createInterface({ input: createReadStream(join(folder, 'entries.jsonl')) })
  for await (const line of lines) {
    settlement.add(JSON.parse(line) as Entry)
    rowCount++
  }
  const names = new Map(statement.merchants.map(({ merchantId, name }) => [merchantId, name]))
  const { total, merchants } = settlement.toStatement(names)
  return (
    rowCount === statement.rowCount &&
    JSON.stringify({ total, merchants }) ===
      JSON.stringify({ total: statement.total, merchants: statement.merchants })
  )
}
