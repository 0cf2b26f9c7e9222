import { LRUCache } from 'lru-cache'
import { currentKeySet } from '../access-keys/current-key-set.ts'
import { prepare } from '../db/database.ts'
import type { Services } from '../http/operation.ts'
import { currentList } from '../revocations/current-list.ts'

/** Gates that wait together look together. */
const FRESH_MS = 150
const SCHOOLS_MAX = 10_000

/** Says when there may be something new for any gate of a school. */
export interface SchoolWatch {
  /** A word that stays the same as long as nothing has changed that gates are told; a moment old at most. */
  look(schoolId: string): Promise<string>
}

// Everything that policies are written from. Of numbers that are given anew, once
// there are no others, a gate hears when it asks next.
const selectSources = prepare<{ digest: string }>(
  `select md5(concat_ws('/',
            (select string_agg(policy_id::text || policy::text, ',' order by policy_id)
               from access_policies where school_id = $1),
            (select max(profile) from access_profiles where school_id = $1),
            (select string_agg(gathering_id::text || ends_at::text, ',' order by gathering_id)
               from gatherings where school_id = $1 and ends_at > $2),
            (select string_agg(concat_ws('|', gate_id, campus, zone, purposes::text, stale_list,
                                         shown_past_seconds, shown_future_seconds), ',' order by gate_id)
               from gates where school_id = $1))) as digest`,
)

export function createSchoolWatch(services: Services): SchoolWatch {
  const looks = new LRUCache<string, string>({
    max: SCHOOLS_MAX,
    ttl: FRESH_MS,
    ignoreFetchAbort: true,
    fetchMethod: (schoolId) => look(services, schoolId),
  })
  return { look: (schoolId) => looks.forceFetch(schoolId) }
}

async function look(services: Services, schoolId: string): Promise<string> {
  const [[sources], list, keys] = await Promise.all([
    selectSources(services.db.pool, [schoolId, new Date(services.now())]),
    currentList(services, schoolId, Number.POSITIVE_INFINITY),
    currentKeySet(services, schoolId),
  ])
  return [list.seq, keys.seq, sources?.digest].join('/')
}
