/** What a tab remembers while its page is away, and for the minute in which a ticket is good. */
export interface SignInNotes {
  verifier?: string
  /** How often WeChat was asked since somebody came through. */
  begun?: number
  /** The fragment of the page that was left. */
  hash?: string
  ticket?: string
  /** When the ticket came, in the phone's own milliseconds. */
  at?: number
}

export function readNotes(key: string): SignInNotes {
  try {
    return Object(JSON.parse(sessionStorage.getItem(key) as string))
  } catch {
    return {}
  }
}

/** @returns Whether it will be found again: some pages have no storage. */
export function writeNotes(key: string, notes: SignInNotes): boolean {
  try {
    const text = JSON.stringify(notes)
    sessionStorage.setItem(key, text)
    return sessionStorage.getItem(key) === text
  } catch {
    return false
  }
}
