/** One thing that is measured beside a peer, in the same run. */
export interface Benchmark {
  /** As `npm run bench -- <name>` calls it. */
  name: string
  title: string
  /**
   * Measures. Reports progress on standard error only.
   *
   * @returns The figures, or in words why this machine cannot measure them.
   */
  run(): Promise<Figure[] | { skipped: string }>
}

/** One line of the table. */
export interface Figure {
  measure: string
  ours: string
  /** Who it stands beside and what that one reached. */
  peer: string
  /** Ours to the peer's (median of the pairs), or the bare value when the target is an absolute one. */
  value: number
  target?: { atLeast: number } | { atMost: number }
}
