/** Something to be put right by whoever typed the command. Its message holds nothing that was typed. */
export class UsageError extends Error {
  override name = 'UsageError'
}
