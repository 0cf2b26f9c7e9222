import { describe, expect, it } from 'vitest'
import { createSteadyTime } from './steady-time.ts'

/** A machine whose clock can be set. */
function createMachine() {
  const machine = { nowMs: 1_000_000_000, upMs: 5_000 }
  return {
    ...machine,
    machineNow: () => machine.nowMs,
    uptimeMs: () => machine.upMs,
    pass(ms: number) {
      machine.nowMs += ms
      machine.upMs += ms
    },
    set(ms: number) {
      machine.nowMs += ms
    },
  }
}

describe('time that a clock set anew does not move', () => {
  it('runs as the machine does', () => {
    const machine = createMachine()
    const time = createSteadyTime(machine)
    machine.pass(3_600_000)
    expect(time.now()).toBe(machine.machineNow())
    expect(time.aheadMs).toBe(0)
  })

  it('follows the machine’s clock while nobody else tells the time', () => {
    const machine = createMachine()
    const time = createSteadyTime(machine)
    machine.set(-600_000)
    expect(time.now()).toBe(machine.machineNow())
    machine.pass(1_000)
    expect(time.now()).toBe(machine.machineNow())
  })

  it.each([-86_400_000, -60_000, 60_000])(
    'does not once the core has told it: set by %i ms',
    (jumpMs) => {
      const machine = createMachine()
      const time = createSteadyTime(machine)
      time.hold()
      const before = time.now()
      machine.set(jumpMs)
      machine.pass(1_000)
      expect(time.now()).toBe(before + 1_000)
      expect(time.aheadMs).toBe(-jumpMs)
      machine.set(-jumpMs)
      expect([time.now(), time.aheadMs]).toEqual([before + 1_000, 0])
    },
  )

  it('counts on from where the core’s time was, when it begins so', () => {
    const machine = createMachine()
    const time = createSteadyTime({ ...machine, heldAheadMs: 300_000 })
    expect(time.now()).toBe(machine.machineNow() + 300_000)
    machine.pass(1_000)
    expect(time.now()).toBe(machine.machineNow() + 300_000)
    machine.set(10_000)
    expect([time.now(), time.aheadMs]).toEqual([machine.machineNow() + 290_000, 290_000])
  })
})
