import { setTimeout as sleep } from 'node:timers/promises'

/** As many as the core's feed gives at once. */
const PAGE_EVENTS_MAX = 500

export interface Person {
  schoolId: string
  personId: string
}

/** The core's event feed by long poll: every page is made when it is published, not when it is read. */
export function createFeed() {
  const pages: Buffer[] = []
  const wakeUps = new Set<() => void>()
  const cursorOf = (at: number) => at.toString(36)
  return {
    /** @returns When: in ns, on the clock that all processes of a machine share. */
    publish(people: Person[]): number {
      const ready: Buffer[] = []
      for (let at = 0; at < people.length; at += PAGE_EVENTS_MAX) {
        const cursor = cursorOf(pages.length + ready.length + 1)
        const events = people
          .slice(at, at + PAGE_EVENTS_MAX)
          .map((person) => ({ cursor, ...person, at: new Date().toISOString(), data: PAID }))
        ready.push(Buffer.from(JSON.stringify({ events, cursor })))
      }
      const now = Number(process.hrtime.bigint())
      pages.push(...ready)
      for (const wakeUp of wakeUps) wakeUp()
      wakeUps.clear()
      return now
    },
    async read(query: URLSearchParams): Promise<Buffer> {
      const after = query.get('after')
      const at = after === null ? pages.length : Number.parseInt(after, 36)
      if (after !== null && at === pages.length) {
        await Promise.race([
          new Promise<void>((resolve) => wakeUps.add(resolve)),
          sleep(Number(query.get('waitSeconds') ?? 0) * 1000, undefined, { ref: false }),
        ])
      }
      return (
        (after !== null && pages[at]) ||
        Buffer.from(JSON.stringify({ events: [], cursor: cursorOf(pages.length) }))
      )
    },
  }
}

/** A lunch that was paid, as the phone of who paid hears it. */
const PAID = {
  type: 'payment',
  entry: {
    entryId: '0190b6c4-7d3e-7abc-8def-0123456789ab',
    kind: 'payment',
    status: 'PAID',
    amountFen: 1250,
    merchant: { name: '第一食堂 · 川味窗口', nameEn: 'Canteen 1 · Sichuan' },
    channel: 'wallet',
    at: '2026-01-01T00:00:00.000Z',
  },
  deviceId: '0190b6c4-7d3e-7abc-8def-0123456789ac',
  codeId: null,
  account: 'wallet',
}
