import { type MyDataLists, myDataListNames } from '@campus-ecode/protocol/my-data'
import { spendApproval } from '../approvals/spend-approval.ts'
import { lockExport } from '../approvals/store.ts'
import { inTransaction, type Queryable } from '../db/database.ts'
import { formatPlace, type Place, parsePlace } from '../db/place.ts'
import { type PersonContext, type PersonOutcome, refuse } from '../http/operation.ts'
import { describeMe } from './describe-me.ts'
import { type ListName, readLists } from './lists.ts'

/** Items of all lists together on one page, whatever there is: so much is in memory at once. */
const PAGE_COUNT = 200

/**
 * Everything that is held of a person, for themselves (R42). The first page spends the approval, which
 * then names the export: the other pages, and repeats, are answered under it for a quarter of an hour.
 * Nothing that opens anything is in it: no hash, token, key, nor the words on the keypad.
 *
 * Refuses: APPROVAL_INVALID.
 */
export async function getMyData(ctx: PersonContext<'getMyData'>): PersonOutcome<'getMyData'> {
  const { params, services, body } = ctx
  const { schoolId, personId } = params
  const { approvalId } = body
  const from = body.cursor === undefined ? FIRST : parseCursor(body.cursor)
  if (from === 'malformed') return refuse('BAD_REQUEST', { fields: ['cursor'] })
  const refused = await inTransaction(services.db.pool, async (tx) => {
    await ctx.claimNonce(tx)
    const status = await lockExport(tx, schoolId, approvalId, personId)
    if (!status) return refuse('APPROVAL_INVALID')
    if (status === 'spent') return undefined
    const action = { kind: 'export_data' } as const
    return spendApproval(tx, { schoolId, personId, approvalId, action })
  })
  if (refused) return refused
  const about = body.cursor === undefined ? await describeMe(services, params) : null
  if (about === undefined) return refuse('NOT_FOUND')
  const { lists, next } = await readPage(services.db.pool, params, from)
  return {
    status: 200,
    body: { at: new Date(services.now()).toISOString(), about, ...lists, next },
  }
}

/** Where a page begins: in which list, and behind which row of it. */
interface Start {
  list: ListName
  after?: Place
}

const FIRST: Start = { list: 'bankCards' }

async function readPage(
  on: Queryable,
  { schoolId, personId }: { schoolId: string; personId: string },
  from: Start,
): Promise<{ lists: MyDataLists; next: string | null }> {
  const lists: MyDataLists = {
    bankCards: [],
    devices: [],
    consents: [],
    payTokens: [],
    credentials: [],
    accessRecords: [],
    gatherings: [],
    signIns: [],
    notices: [],
    verifications: [],
    approvals: [],
    showers: [],
    utilityTopUps: [],
    bill: [],
  }
  let left = PAGE_COUNT
  for (const list of myDataListNames.slice(myDataListNames.indexOf(from.list))) {
    const after = list === from.list ? from.after : undefined
    const count = await readInto(list, after)
    if (count.next) return { lists, next: count.next }
    left -= count.taken
  }
  return { lists, next: null }

  async function readInto<N extends ListName>(list: N, after: Place | undefined) {
    // One more than there is room for, to know whether there are more.
    const rows = await readLists[list](on, schoolId, personId, after, left + 1)
    const taken = rows.slice(0, left)
    lists[list] = taken.map(({ item }) => item) as MyDataLists[N]
    if (rows.length === taken.length) return { taken: taken.length, next: undefined }
    const last = taken.at(-1)?.place
    return { taken: taken.length, next: last ? `${list}.${formatPlace(last)}` : list }
  }
}

function parseCursor(text: string): Start | 'malformed' {
  const at = text.indexOf('.')
  const list = myDataListNames.find((name) => name === (at < 0 ? text : text.slice(0, at)))
  if (!list) return 'malformed'
  if (at < 0) return { list }
  const after = parsePlace(text.slice(at + 1))
  return after === 'malformed' ? after : { list, after }
}
