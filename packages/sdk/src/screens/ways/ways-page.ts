import type { Collection } from '@campus-ecode/protocol/collections'
import type { Utility, UtilityAccount } from '@campus-ecode/protocol/utilities'

/** A page of the other ways to pay, with what it is about. */
export type WaysPlace =
  | { page: 'services' | 'scan' | 'number' | 'shower' | 'utilities' }
  /** With what came of it, when the person is back from WeChat. */
  | { page: 'wechat'; result?: string }
  | { page: 'collection'; collection: Collection }
  | { page: 'utility'; utility: Utility }
  | { page: 'utility_amount'; utility: Utility; account: UtilityAccount }
