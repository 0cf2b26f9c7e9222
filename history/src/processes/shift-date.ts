/** Date as it would be on a machine whose clock is so far ahead. Given times stay as they are. */
export function shiftDate(TrueDate: DateConstructor, aheadMs: () => number): DateConstructor {
  const now = () => TrueDate.now() + aheadMs()
  return new Proxy(TrueDate, {
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    apply: (target) => new target(now()).toString(),
    get: (target, name, receiver) => (name === 'now' ? now : Reflect.get(target, name, receiver)),
  })
}
