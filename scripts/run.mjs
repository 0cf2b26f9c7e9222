// node scripts/run.mjs <compiled file> [arguments…]: installs and builds if needed, then runs the file.
import { spawn } from 'node:child_process'
import { build } from './build.mjs'
import { setup } from './setup.mjs'

setup()
build()
const child = spawn(process.execPath, process.argv.slice(2), { stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
child.on('exit', (code) => process.exit(code ?? 1))
