/** What a finding concerns; what is shown of the history is chosen by it. */
export interface About {
  /** `<terminal>/<order number>` */
  orders?: string[]
  codes?: number[]
  people?: string[]
  transfers?: string[]
  /** What calls in other ways are about. */
  subjects?: string[]
  /** Of the books, or an outside system's name for one. */
  accounts?: string[]
}

export interface Problem {
  what: string
  about: About
}

/** A promise that this history breaks. */
export interface Finding extends Problem {
  promise: string
}
