import type { PortAnswer } from './debit-port.ts'

/**
 * Keeps a system that hangs from holding everybody who asks: once a question went unanswered, one at a
 * time goes on asking, and the others are told at once that nothing is known.
 *
 * @param ask Must be harmless to leave out.
 */
export function probeWhileSilent<A extends unknown[], T>(
  ask: (...args: A) => Promise<PortAnswer<T>>,
): (...args: A) => Promise<PortAnswer<T>> {
  let isSilent = false
  let isProbing = false
  // Counts answers: a question that was begun before the last one proves no silence.
  let answers = 0

  async function askAndNote(args: A): Promise<PortAnswer<T>> {
    const answersBefore = answers
    const answer = await ask(...args)
    if (answer.ok || answer.reason === 'REFUSED') {
      answers++
      isSilent = false
    } else if (answers === answersBefore) {
      isSilent = true
    }
    return answer
  }

  return async (...args) => {
    if (!isSilent) return askAndNote(args)
    if (isProbing) return { ok: false, reason: 'NOT_SENT' }
    isProbing = true
    try {
      return await askAndNote(args)
    } finally {
      isProbing = false
    }
  }
}
