import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { CsvError, parse } from 'csv-parse'
import { UsageError } from '../usage-error.ts'

/** A row of a file, by the names of its columns; empty cells are empty texts. */
export interface CsvRow {
  /** Where it stands in the file, from 1; the header is 1. */
  line: number
  /** Null where the row has not the header's columns. */
  cells: Record<string, string> | null
}

export interface TableShape {
  /** What may stand in the header: our names, and other words for them. */
  columns: Readonly<Record<string, readonly string[]>>
  required: readonly string[]
}

/**
 * Reads a table of a school's own making (RFC 4180), a row at a time: UTF-8 with or without byte order mark, any line
 * ends. Throws UsageError for a file that cannot be such a table: no header, a column nobody knows or that is there
 * twice, one that is missing, quotes that do not close, bytes that are no UTF-8.
 */
export async function* readCsv(path: string, shape: TableShape): AsyncGenerator<CsvRow> {
  const names = new Map(
    Object.entries(shape.columns).flatMap(([name, others]) =>
      [name, ...others].map((word) => [word, name] as const),
    ),
  )
  const checkHeader = (header: string[]) => {
    const columns = header.map((word) => names.get(word.trim()))
    const at = columns.findIndex((name, i) => name === undefined || columns.indexOf(name) < i)
    if (at >= 0) {
      const known = [...names.keys()].join(', ')
      throw new UsageError(
        `${path}: column ${at + 1} of the header is not known, or there twice; there are ${known}`,
      )
    }
    const missing = shape.required.filter((name) => !columns.includes(name))
    if (missing.length > 0) throw new UsageError(`${path}: it lacks ${missing.join(', ')}`)
    return columns as string[]
  }
  const parser = parse({
    bom: true,
    columns: checkHeader,
    info: true,
    skip_empty_lines: true,
    relax_column_count: true,
    trim: true,
    max_record_size: 100_000,
  })
  const text = { endsInRow: false }
  pipeline(readText(path, text), parser).catch(() => {})
  try {
    let held: Parsed | undefined
    for await (const parsed of parser as AsyncIterable<Parsed>) {
      if (held) yield toRow(held, false)
      held = parsed
    }
    if (held) yield toRow(held, text.endsInRow)
  } catch (error) {
    if (error instanceof CsvError) throw new UsageError(`${path}: ${describe(error)}`)
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new UsageError(`there is no ${path}`)
    }
    throw error
  }
}

interface Parsed {
  record: Record<string, string>
  info: { lines: number; columns: { length: number }; error?: CsvError & { record: string[] } }
}

/**
 * A row that has something beside its columns is shifted by a comma too many; and one in whose middle the file ends was
 * cut off. A shorter one is whole: Excel leaves the last commas out where nothing stands before them.
 */
function toRow({ record: cells, info }: Parsed, isFileCut: boolean): CsvRow {
  const { lines: line, columns, error } = info
  const beside = error?.record.slice(columns.length).some((cell) => cell !== '')
  const isShort = error !== undefined && error.record.length < columns.length
  return { line, cells: beside || (isShort && isFileCut) ? null : cells }
}

/** As much at a time as is read of it. @param text Is told how it ended. */
async function* readText(path: string, text: { endsInRow: boolean }): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const decode = (bytes: Uint8Array = new Uint8Array(), stream = false) => {
    try {
      return decoder.decode(bytes, { stream })
    } catch {
      throw new UsageError(`${path} is not UTF-8: in Excel, save as "CSV UTF-8"`)
    }
  }
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    text.endsInRow = chunk.at(-1) !== 10 && chunk.at(-1) !== 13
    yield decode(chunk, true)
  }
  yield decode()
}

/** The library's own message repeats what stands in the file. */
function describe({ code, lines }: CsvError & { lines?: number }): string {
  return `line ${lines ?? '?'} is not CSV (${code})`
}
