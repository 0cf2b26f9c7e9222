import type { AccessOverview, AccessRecordPage, LockReach } from '@campus-ecode/protocol/access'
import type { AccessModel } from '../../access-model.ts'
import { createCell } from '../../cell.ts'
import type { Basis, Later } from '../engine.ts'
import { loadAnew } from '../load-anew.ts'
import { createLoadable } from '../loadable.ts'
import { createPages, joinItems } from '../pages.ts'
import { whileShown } from '../while-shown.ts'
import { createCodes } from './codes.ts'
import { createCredentialKeeper } from './credential-keeper.ts'
import { createGatherings } from './gatherings.ts'
import { createIdentity } from './identity.ts'
import { accessRoutes } from './routes.ts'

/** While gates are being told of a lock. */
const REACH_AGAIN_MS = 5_000

/** Everything the access screens need, in a script of its own. */
export function makeAccess(basis: Basis, later: Later): AccessModel {
  const { api, clock, page, card } = basis
  api.learn(accessRoutes)
  const keeper = createCredentialKeeper(basis)
  const overview = createLoadable<AccessOverview>(clock, () => api.call('getAccess', {}))
  void keeper.ready.then(() => {
    const { found } = keeper
    if (found.overview && !overview.state.value.value) {
      overview.take({ ok: true, value: found.overview })
    }
  })
  const codes = createCodes(basis, later, keeper, overview)
  const identity = createIdentity(basis)
  const gatherings = createGatherings(basis)
  const records = createPages<AccessRecordPage>(
    clock,
    (cursor) => api.call('getAccessRecords', { query: { cursor } }),
    (before, after) => ({
      ...after,
      records: joinItems(before.records, after.records, ({ recordId }) => recordId),
    }),
  )
  const reach = createCell<LockReach | null | undefined>(undefined)

  /** An earlier answer, or what an earlier visit has left, says nothing of a lock. */
  async function askReach() {
    await loadAnew(overview)
    const { value, problem } = overview.state.value
    if (value && !problem) reach.value = value.revocation
  }

  return {
    overview: overview.state,
    code: codes.state,
    news: codes.news,
    identity: identity.state,
    records: records.state,
    gatherings: gatherings.list,
    attendance: gatherings.attendance,

    show: codes.show,
    reach,
    watchReach: whileShown(page, () => {
      void askReach()
      const timer = setInterval(() => {
        if (reach.value !== null) void askReach()
      }, REACH_AGAIN_MS)
      const status = () => card.state.value.value?.status
      let last = status()
      const stopCard = card.state.subscribe(() => {
        if (status() === last) return
        last = status()
        void askReach()
      })
      return () => {
        clearInterval(timer)
        stopCard()
      }
    }),
    load: overview.load,
    choose: codes.choose,
    agree: codes.agree,
    next: codes.next,

    showIdentity: identity.show,
    refreshIdentity: identity.refresh,

    loadRecords: records.load,
    moreRecords: records.more,

    loadGatherings: gatherings.load,
    startGathering: gatherings.start,
    showAttendance: gatherings.show,
    loadAttendance: gatherings.reload,
    endGathering: gatherings.finish,

    end() {
      codes.end()
      identity.end()
      return keeper.end()
    },
  }
}
