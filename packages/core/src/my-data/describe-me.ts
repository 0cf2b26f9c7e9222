import type { CardStatus } from '@campus-ecode/protocol/card'
import type { MyData } from '@campus-ecode/protocol/my-data'
import type { Account, PersonClass } from '@campus-ecode/protocol/shapes'
import { prepare } from '../db/database.ts'
import type { Services } from '../http/operation.ts'
import { openPerson } from '../people/open-person.ts'
import { describeWallet } from '../wallet/describe-wallet.ts'

const select = prepare<{
  class: PersonClass
  campus: string | null
  groups: string[]
  school: string
  card_status: CardStatus
  default_account: Account
  one_card_status: 'not_open' | 'open'
  low_balance_fen: number | null
  wechat_notices: boolean
  opened_at: Date | null
  closed_at: Date | null
  face_checked_at: Date | null
  wechat_bound_at: Date | null
  wechat_signs_in_since: Date | null
  bath_no: string | null
  set_at: Date | null
  locked_at: Date | null
}>(
  `select p.class, p.campus, p.groups, s.name as school, y.card_status, y.default_account, y.one_card_status,
          y.low_balance_fen, p.wechat_notices, w.opened_at, w.closed_at, w.face_checked_at, x.bound_at as wechat_bound_at,
          (select min(i.bound_at) from sign_in_bindings i
            where i.school_id = p.school_id and i.person_id = p.person_id) as wechat_signs_in_since,
          b.bath_no, k.set_at, k.locked_at
     from people p
     join schools s on s.school_id = p.school_id
     join payers y on y.school_id = p.school_id and y.person_id = p.person_id
     left join wallets w on w.school_id = p.school_id and w.person_id = p.person_id
     left join wechat_bindings x on x.school_id = p.school_id and x.person_id = p.person_id
     left join water_passwords b on b.school_id = p.school_id and b.person_id = p.person_id
     left join payment_passwords k on k.school_id = p.school_id and k.person_id = p.person_id
    where p.school_id = $1 and p.person_id = $2`,
)

/** Who a person is and how things stand, in full, for themselves; undefined for nobody. */
export async function describeMe(
  services: Pick<Services, 'db' | 'keys'>,
  { schoolId, personId }: { schoolId: string; personId: string },
): Promise<MyData['about'] | undefined> {
  const [row] = await select(services.db.pool, [schoolId, personId])
  const wallet = await describeWallet(services, { schoolId, personId })
  if (!row || !wallet) return undefined
  const { name, cardNo, phone } = await openPerson(services, schoolId, personId)
  return {
    name,
    cardNo,
    phone: phone ?? null,
    class: row.class,
    campus: row.campus,
    groups: row.groups,
    school: row.school,
    cardStatus: row.card_status,
    defaultAccount: row.default_account,
    oneCard: row.one_card_status,
    wallet,
    walletOpenedAt: row.opened_at?.toISOString() ?? null,
    walletClosedAt: row.closed_at?.toISOString() ?? null,
    faceCheckedAt: row.face_checked_at?.toISOString() ?? null,
    wechatSignsInSince: row.wechat_signs_in_since?.toISOString() ?? null,
    wechatBoundAt: row.wechat_bound_at?.toISOString() ?? null,
    bathNo: row.bath_no,
    passwordSetAt: row.set_at?.toISOString() ?? null,
    passwordLockedAt: row.locked_at?.toISOString() ?? null,
    noticeSettings: { lowBalanceFen: row.low_balance_fen, wechat: row.wechat_notices },
  }
}
