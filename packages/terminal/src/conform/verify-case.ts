import { rememberSeconds } from '../gate/access-checks.ts'
import { createDocumentGuard, type Holdings } from '../gate/holdings.ts'
import { createMemory } from '../gate/replay-memory.ts'
import { verifyAccess } from '../gate/verify-access.ts'
import type { AccessAnswer, AccessCase } from './access-case.ts'

/** What our own kit says. Throws when a document of the case is not what a gate can have taken. */
export function verifyCase(given: AccessCase): AccessAnswer {
  const { id, now, school, gateId, root, seen, text } = given
  const guard = createDocumentGuard({ schoolId: school, gateId, root })
  let holdings: Holdings = {}
  for (const document of [given.keys, given.policy, given.list]) {
    if (!document) continue
    const taken = guard.take(holdings, document, 'any')
    if ('refused' in taken) throw new Error(`${document.type} is refused: ${taken.refused}`)
    holdings = taken.holdings
  }
  const policy = holdings.policy?.content
  const memory = createMemory()
  for (const { letInAt, ...code } of seen) memory.add(code, letInAt, rememberSeconds(policy))
  const { result, refusal } = verifyAccess(text, now, {
    school,
    keys: holdings.keys?.content,
    policy,
    list: holdings.list?.content,
    memory,
  })
  return { id, result, refusal }
}
