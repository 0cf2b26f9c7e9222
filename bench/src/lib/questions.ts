/** What a parent asks its child over the channel that fork() opens, and the child's reply. */
export interface Question {
  id: number
  name: string
  input: unknown
}

export interface Reply {
  id: number
  answer: unknown
}

/** In a child: answers what the parent asks by this name. A fault ends the child, which the parent notices. */
export function onQuestion<Input>(name: string, answer: (input: Input) => unknown): void {
  process.on('message', async (question: Question) => {
    if (question.name !== name) return
    const reply: Reply = { id: question.id, answer: await answer(question.input as Input) }
    process.send?.(reply)
  })
}

/** In a child: answers what the parent waits for first, once everything can be asked. */
export function sayReady(answer: unknown): void {
  process.send?.({ id: READY, answer } satisfies Reply)
}

/** The id of what nobody has to ask. */
export const READY = 0
