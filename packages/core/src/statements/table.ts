import { stringify } from 'csv-stringify/sync'

/**
 * Rows as CSV that a spreadsheet opens rightly: UTF-8 with a mark, CRLF (RFC 4180), and no cell that it
 * could take for a formula.
 *
 * @param isFirst The mark stands at the beginning of the file only.
 */
export function toCsv(rows: string[][], { isFirst }: { isFirst: boolean }): string {
  return stringify(rows, {
    bom: isFirst,
    record_delimiter: 'windows',
    escape_formulas: true,
    quoted_match: /[\t\r]/,
  })
}
