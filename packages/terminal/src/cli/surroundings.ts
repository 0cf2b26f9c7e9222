/** What a command has around it. */
export interface LineSurroundings {
  env: Record<string, string | undefined>
  /** Standard input, as it comes. */
  input: AsyncIterable<Uint8Array>
  /** Standard output: one line. */
  print(line: string): void
  /** Standard error, for people. */
  explain(text: string): void
}
