import { runGateCommand } from './cli/gate-command.ts'
import { EXIT, runCommand } from './cli/run-command.ts'
import { runShowerCommand } from './cli/shower-command.ts'
import { runConformCommand } from './conform/conform-command.ts'
import { runVerifyCommand } from './conform/verify-command.ts'

const [name, ...args] = process.argv.slice(2)
const around = {
  env: process.env,
  input: process.stdin,
  print: (line: string) => process.stdout.write(`${line}\n`),
  explain: (text: string) => process.stderr.write(text),
}

switch (name) {
  case 'gate':
    process.exitCode = await runGateCommand(args, around)
    break
  case 'shower':
    process.exitCode = await runShowerCommand(args, around)
    break
  case 'conform':
    process.exitCode = await runConformCommand(args, around)
    break
  case 'verify':
    process.exitCode = await runVerifyCommand(around)
    break
  default:
    process.exitCode = await runTill(process.argv.slice(2))
}

async function runTill(command: string[]): Promise<number> {
  try {
    return await runCommand(command, {
      ...around,
      readInput: async () => {
        const chunks: Buffer[] = []
        for await (const chunk of process.stdin) chunks.push(chunk)
        return Buffer.concat(chunks).toString('utf8')
      },
      explain: (text) => around.explain(`${text}\n`),
    })
  } catch (error) {
    // A fault of ours after a send: what became of the order is not known, so it is never "failed".
    // The message could quote what was sent; its kind cannot.
    around.explain(`the command broke off: ${error instanceof Error ? error.name : 'fault'}\n`)
    around.print(JSON.stringify({ outcome: 'unknown', reason: 'INTERNAL' }))
    return EXIT.unknown
  }
}
