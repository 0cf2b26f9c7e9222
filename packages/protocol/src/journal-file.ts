import { z } from 'zod'

/**
 * What a bank or a one-card system says a day was: a plain CSV file of all that it booked for us, fetched
 * from it the day after or carried by hand. Source: docs/one-card-interface.md, "The daily file".
 *
 * No field needs quotes. Whatever came to nothing is not in it; what was undone is in it twice.
 */
export const journalFilePath = '/v1/journal-files/:day' // GET, signed as everything is → 200 text/csv | 404 NOT_FOUND

/**
 * `DEBIT` took from the holder, the others gave back: `REVERSAL` a debit under the debit's own reference,
 * `REFUND` under the refund's, `PAYOUT` paid a withdrawal out (banks only).
 */
export const journalKindSchema = z.enum(['DEBIT', 'REVERSAL', 'REFUND', 'PAYOUT'])

export const journalLineSchema = z.strictObject({
  at: z.iso.datetime({ offset: true }).describe('When it was booked, RFC 3339'),
  kind: journalKindSchema,
  reference: z
    .string()
    .regex(/^[A-Za-z0-9-]{8,64}$/)
    .describe('As the core made it'),
  amountFen: z.int().min(1),
})
export type JournalLine = z.infer<typeof journalLineSchema>

const HEAD = 'at,kind,reference,amountFen'

/** What a line moved from the holders to us, in fen; below zero when it gave back. */
export function movedFen({ kind, amountFen }: Pick<JournalLine, 'kind' | 'amountFen'>): number {
  return kind === 'DEBIT' ? amountFen : -amountFen
}

/** The last line has the number of lines and the sum of what they moved, so that a file cut short is seen. */
export function formatJournalFile(lines: readonly JournalLine[]): string {
  const sumFen = lines.reduce((sum, line) => sum + movedFen(line), 0)
  const rows = lines.map((line) => [line.at, line.kind, line.reference, line.amountFen].join(','))
  return `${[HEAD, ...rows, `,END,${lines.length},${sumFen}`].join('\n')}\n`
}

/** The file is not one, and where. */
export class JournalFileError extends Error {
  override name = 'JournalFileError'
}

/**
 * Reads a file line by line, whatever its length; throws JournalFileError at a line that is none or of another day,
 * and at the end of a file that is not whole.
 *
 * @param day In Shanghai, `YYYY-MM-DD`; any, if left out.
 */
export async function* readJournalFile(
  lines: AsyncIterable<string> | Iterable<string>,
  day?: string,
): AsyncGenerator<JournalLine> {
  let number = 0
  let count = 0
  let sumFen = 0
  let isWhole = false
  for await (const raw of lines) {
    number++
    const text = raw.replace(number === 1 ? /^\uFEFF|\r$/g : /\r$/, '')
    if (number === 1) {
      if (text !== HEAD) throw new JournalFileError(`line 1 is not ${HEAD}`)
      continue
    }
    if (text === '' && isWhole) continue
    const [at, kind, reference, amount = '', ...rest] = text.split(',')
    const isNumber = /^-?\d{1,15}$/.test(amount)
    if (isWhole || rest.length > 0 || !isNumber)
      throw new JournalFileError(`line ${number} is none`)
    const amountFen = Number(amount)
    if (kind === 'END') {
      if (reference !== String(count) || amountFen !== sumFen) {
        throw new JournalFileError('the last line says something else than the lines before it')
      }
      isWhole = true
      continue
    }
    const line = journalLineSchema.safeParse({ at, kind, reference, amountFen })
    if (!line.success) throw new JournalFileError(`line ${number} is none`)
    if (day !== undefined && dayOf(line.data.at) !== day) {
      throw new JournalFileError(`line ${number} is of another day`)
    }
    count++
    sumFen += movedFen(line.data)
    yield line.data
  }
  if (!isWhole) throw new JournalFileError('the file has no end')
}

const dayOf = (at: string) => new Date(Date.parse(at) + 8 * 3_600_000).toISOString().slice(0, 10)
