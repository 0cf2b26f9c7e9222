import { EXIT, runCommand } from './cli/run-command.ts'

try {
  process.exitCode = await runCommand(process.argv.slice(2), {
    env: process.env,
    readInput: async () => {
      const chunks: Buffer[] = []
      for await (const chunk of process.stdin) chunks.push(chunk)
      return Buffer.concat(chunks).toString('utf8')
    },
    print: (line) => process.stdout.write(`${line}\n`),
    explain: (text) => process.stderr.write(`${text}\n`),
  })
} catch (error) {
  // A fault of ours after a send: what became of the order is not known, so it is never "failed".
  // The message could quote what was sent; its kind cannot.
  process.stderr.write(`the command broke off: ${error instanceof Error ? error.name : 'fault'}\n`)
  process.stdout.write(`${JSON.stringify({ outcome: 'unknown', reason: 'INTERNAL' })}\n`)
  process.exitCode = EXIT.unknown
}
