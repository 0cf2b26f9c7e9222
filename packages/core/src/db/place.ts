/** Where a page ended of a list that goes back in time. */
export interface Place {
  /** Microseconds since 1970: what PostgreSQL keeps, and more than a Date does. */
  atMicros: number
  id: string
}

/** A place as a cursor, which is opaque to its readers. */
export function formatPlace({ atMicros, id }: Place): string {
  return `${atMicros}.${id}`
}

export function parsePlace(text: string): Place | 'malformed' {
  const [, atMicros, id] =
    /^(\d{1,16})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(text) ?? []
  return atMicros && id ? { atMicros: Number(atMicros), id } : 'malformed'
}

/** SQL: a time as `Place.atMicros`. */
export const microsOf = (at: string): string => `(extract(epoch from ${at}) * 1000000)::bigint`

/** SQL: a row lies beyond the place of two parameters; all do when the first is null. */
export const isBeyond = (at: string, id: string, atMicros: string, idAt: string): string =>
  `(${atMicros}::bigint is null
    or (${at}, ${id}) < ('epoch'::timestamptz + ${atMicros}::bigint * interval '1 microsecond', ${idAt}::uuid))`
