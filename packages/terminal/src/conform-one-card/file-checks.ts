import { JournalFileError, readJournalFile } from '@campus-ecode/protocol/journal-file'
import { type Check, demand, NotConforming } from '../conform-core/check.ts'
import { demandError, demandOk, type Vendor } from './vendor.ts'

/** The daily file, by which days are matched. */
export const fileChecks: Check<Vendor>[] = [
  {
    name: 'has the file of yesterday, whole and in its form',
    rule: 'R34: the daily file',
    async run(vendor) {
      const reply = await fetchFile(vendor, -1)
      demandOk(reply)
      try {
        for await (const _ of readJournalFile(reply.text.split('\n'), dayAt(-1)));
      } catch (error) {
        if (error instanceof JournalFileError) throw new NotConforming(error.message)
        throw error
      }
    },
  },
  {
    name: 'gives the same file again',
    rule: 'R34: a day that is over does not change',
    async run(vendor) {
      const [first, again] = [await fetchFile(vendor, -1), await fetchFile(vendor, -1)]
      demand(first.text === again.text, 'it has changed')
    },
  },
  {
    name: 'has no file of a day that is not over',
    rule: 'R34: NOT_FOUND',
    async run(vendor) {
      demandError(await fetchFile(vendor, 0), 404, 'NOT_FOUND')
    },
  },
]

function fetchFile(vendor: Vendor, days: number) {
  const target = vendor.target('journalFile', { day: dayAt(days) })
  return vendor.wire.call({ method: 'GET', target })
}

/** In Shanghai, so many days from today. */
function dayAt(days: number): string {
  return new Date(Date.now() + 8 * 3_600_000 + days * 86_400_000).toISOString().slice(0, 10)
}
