import { openDatabase } from '../db/database.ts'
import { checkBooks } from './check-books.ts'

export const CHECK_BOOKS_USAGE = `ecode check-books
  Holds the ledger against its promises; reads everything and changes nothing. Works beside a running core.`

/** `ecode check-books`: one line a broken promise; fails when there is one. */
export async function runCheckBooks(
  _args: string[],
  { DATABASE_URL, DATA_DIR }: Record<string, string | undefined>,
  print: (line: string) => void,
): Promise<void> {
  const db = await openDatabase({ DATABASE_URL, DATA_DIR })
  try {
    const broken = await checkBooks(db.pool)
    for (const { invariant, rows } of broken) print(`BROKEN in ${rows} places: ${invariant}`)
    print(broken.length === 0 ? 'the books are right' : `${broken.length} promises are broken`)
    if (broken.length > 0) process.exitCode = 1
  } finally {
    await db.close()
  }
}
