/** Something a person may ask, and the answer. */
export interface Question {
  id: string
  title: string
  text: string
}

/** A hit in the question says more than one in the answer. */
const TITLE_WEIGHT = 3
const WHOLE_WEIGHT = 20

/**
 * R37: the questions that fit what was typed, best first; all of them, in their order, when nothing was.
 * Typed as people do: 「忘记密码怎么办」 fits 「支付密码忘了怎么办」, because half of its pieces do.
 */
export function searchQuestions(questions: readonly Question[], typed: string): Question[] {
  const whole = typed.trim().toLowerCase()
  const pieces = cut(whole)
  if (!pieces.length) return [...questions]
  const scored = questions.map((question) => {
    const title = question.title.toLowerCase()
    const text = question.text.toLowerCase()
    let hits = 0
    let score = title.includes(whole) || text.includes(whole) ? WHOLE_WEIGHT : 0
    for (const piece of pieces) {
      if (title.includes(piece)) score += TITLE_WEIGHT
      if (text.includes(piece)) score += 1
      if (title.includes(piece) || text.includes(piece)) hits++
    }
    return { question, score, fits: hits * 2 >= pieces.length }
  })
  return scored
    .filter(({ fits }) => fits)
    .sort((one, two) => two.score - one.score)
    .map(({ question }) => question)
}

/** Words; where words are not parted, each two neighbours. */
function cut(text: string): string[] {
  const runs = text.match(/[\p{Script=Han}]+|[\p{L}\p{N}]+/gu) ?? []
  const pieces = runs.flatMap((run) => {
    if (!/\p{Script=Han}/u.test(run)) return [run]
    if (run.length === 1) return [run]
    return Array.from({ length: run.length - 1 }, (_, at) => run.slice(at, at + 2))
  })
  const words = pieces.filter((piece) => !empty.includes(piece))
  return words.length ? words : pieces
}

/** Pieces that are in every question and tell nothing. */
const empty =
  '怎么 么办 什么 为什 请问 一下 可以 如何 a an and are can do does for how i in is it my of on the to what when where why'.split(
    ' ',
  )
