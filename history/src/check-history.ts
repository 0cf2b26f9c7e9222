import { agreementStands } from './checks/agreement-stands.ts'
import { answersNeverRegress } from './checks/answers-never-regress.ts'
import { answersResolve } from './checks/answers-resolve.ts'
import { changedContentRefused } from './checks/changed-content-refused.ts'
import { codesDieWithUse } from './checks/codes-die-with-use.ts'
import { codesInWindow } from './checks/codes-in-window.ts'
import { debitsEqualCredits } from './checks/debits-equal-credits.ts'
import { nothingUnasked } from './checks/nothing-unasked.ts'
import { onePostingEach } from './checks/one-posting-each.ts'
import { ordersPaidOnce } from './checks/orders-paid-once.ts'
import { outsideAgrees } from './checks/outside-agrees.ts'
import { paidExactlyOnce } from './checks/paid-exactly-once.ts'
import { passwordDecides } from './checks/password-decides.ts'
import { reversedIsNothing } from './checks/reversed-is-nothing.ts'
import { sameContentSameAnswer } from './checks/same-content-same-answer.ts'
import { showersSettle } from './checks/showers-settle.ts'
import { snapshotsBalance } from './checks/snapshots-balance.ts'
import { staticCeiling } from './checks/static-ceiling.ts'
import { transferAnswers } from './checks/transfer-answers.ts'
import { transfersOnce } from './checks/transfers-once.ts'
import { utilityDelivered } from './checks/utility-delivered.ts'
import { walletChains } from './checks/wallet-chains.ts'
import { wayAnswers } from './checks/way-answers.ts'
import { wechatAgrees } from './checks/wechat-agrees.ts'
import { withinLimits } from './checks/within-limits.ts'
import type { Finding, Problem } from './finding.ts'
import { type History, type RecordedHistory, readHistory } from './read-history.ts'

/** What is promised, each with what looks for a breach. */
export const promises = {
  'debits equal credits': debitsEqualCredits,
  'wallets change by a gapless chain of postings': walletChains,
  'what is paid stands in the books exactly once': paidExactlyOnce,
  'one posting per order, code and reference': onePostingEach,
  'nothing happens that nobody asked for': nothingUnasked,
  'every answer resolves to what the books say': answersResolve,
  'answers never regress': answersNeverRegress,
  'the same content gets the same answer': sameContentSameAnswer,
  'changed content is refused': changedContentRefused,
  'reversed is net zero for good': reversedIsNothing,
  'the outside systems moved what clearing has': outsideAgrees,
  'a transfer is done once, as the bank decided, or not at all': transfersOnce,
  'answers about transfers resolve and never regress': transferAnswers,
  'what asks for the password is paid by it, or not at all': passwordDecides,
  'a card pays only under a standing agreement': agreementStands,
  'a shower costs what was metered, and the rest of its hold is released': showersSettle,
  'an online order is paid once, and never once it was closed': ordersPaidOnce,
  'codes that anyone can copy stay below their ceiling': staticCeiling,
  'a utility top-up is confirmed or given back, never both': utilityDelivered,
  'WeChat charged what clearing has': wechatAgrees,
  'what is told of the other ways comes true and stays': wayAnswers,
  'no moment is over a limit': withinLimits,
  'every snapshot adds up': snapshotsBalance,
  'no code is taken outside its window': codesInWindow,
  'codes die with use': codesDieWithUse,
} satisfies Record<string, (history: History) => Problem[]>
export type PromiseName = keyof typeof promises

/**
 * Holds a history against everything that the product promises. Written from docs/, and sharing no
 * code with the core.
 *
 * @returns What is broken, promise by promise; empty when all is right.
 */
export function checkHistory(recorded: RecordedHistory): Finding[] {
  const history = readHistory(recorded)
  return Object.entries(promises).flatMap(([promise, findProblems]) =>
    findProblems(history).map((problem) => ({ promise, ...problem })),
  )
}
