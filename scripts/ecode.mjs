// npm run ecode: the core's commands, beside the demo without settings of their own.
import { describeCommands } from './processes.mjs'

Object.assign(process.env, describeCommands())
process.argv.splice(2, 0, 'packages/core/dist/cli.js')
await import('./run.mjs')
