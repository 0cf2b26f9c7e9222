/**
 * Loaded into a core before its own code: its clock is as far ahead of the true one as its parent
 * says. Timers and `performance` go on as they do when a machine's clock is set.
 */
export interface ClockMessage {
  aheadMs: number
}

const TrueDate = Date
let aheadMs = 0

globalThis.Date = new Proxy(TrueDate, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [target.now() + aheadMs] : args, newTarget),
  apply: (target) => new target(target.now() + aheadMs).toString(),
  get: (target, name, receiver) =>
    name === 'now' ? () => target.now() + aheadMs : Reflect.get(target, name, receiver),
})

process.on('message', (message: ClockMessage) => {
  aheadMs = message.aheadMs
  process.send?.(message)
})
// Without its parent there is no history left to make.
process.on('disconnect', () => process.exit(1))
// The channel alone keeps no core alive that wants to leave.
process.channel?.unref()
