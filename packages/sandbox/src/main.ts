import { readConfig } from './config.ts'
import { startSandbox } from './sandbox.ts'

const sandbox = await startSandbox(readConfig(process.env))
console.log(`sandbox ${sandbox.url}, bank ${sandbox.bankUrl}, one-card ${sandbox.oneCardUrl}`)
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void sandbox.stop().then(() => process.exit(0)))
}
