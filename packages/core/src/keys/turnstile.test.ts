import { describe, expect, it } from 'vitest'
import { Busy, createTurnstile } from './turnstile.ts'

describe('a turnstile', () => {
  it('lets through two at a time, in order, and turns away beyond those who may wait', async () => {
    const takeTurn = createTurnstile(2, 3)
    const started: number[] = []
    const doors: (() => void)[] = []
    const turns = [0, 1, 2, 3, 4].map((n) =>
      takeTurn(async () => {
        started.push(n)
        await new Promise<void>((open) => doors.push(open))
        return n
      }),
    )
    await expect(takeTurn(async () => 5)).rejects.toThrow(Busy)
    expect(started).toEqual([0, 1])
    doors[1]?.()
    expect(await turns[1]).toBe(1)
    expect(started).toEqual([0, 1, 2])
    for (const at of [0, 2, 3, 4]) {
      doors[at]?.()
      await turns[at]
    }
    expect(started).toEqual([0, 1, 2, 3, 4])
  })

  it('goes on after work that fails', async () => {
    const takeTurn = createTurnstile(1, 1)
    const fails = takeTurn(() => Promise.reject(new Error('on purpose')))
    const next = takeTurn(async () => 'next')
    await expect(fails).rejects.toThrow('on purpose')
    expect(await next).toBe('next')
  })
})
