// Loaded into every process that start.mjs runs: when that one is gone, killed or not, stop as on SIGTERM.
const STOP_TIMEOUT_MS = 10_000

process.on('disconnect', () => {
  setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref()
  process.kill(process.pid, 'SIGTERM')
})
// The channel itself must not keep a process alive that has nothing left to do.
process.channel?.unref()
