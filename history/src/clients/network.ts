import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../random.ts'

/** What the way between a client and a core does to one call. */
export interface Passage {
  /** Until the request arrives; longer than the client waits makes it a late one. */
  delayMs: number
  /** lost: the request never arrives. cut: the connection breaks some time after it was sent. */
  end: 'arrives' | 'lost' | 'cut' | 'reply lost'
  cutAfterMs: number
  /** Whether somebody on the way sends the same bytes once more, that much later. */
  repeatAfterMs: number | undefined
}

/** How bad the way is at the moment. */
export type Weather = 'calm' | 'rough'

export function choosePassage(random: Random, weather: Weather): Passage {
  const passage: Passage = { delayMs: 0, end: 'arrives', cutAfterMs: 0, repeatAfterMs: undefined }
  if (weather === 'calm') return passage
  const kind = random.weighted({
    straight: 74,
    delayed: 10,
    late: 3,
    lost: 2,
    cut: 3,
    replyLost: 4,
    repeated: 4,
  })
  if (kind === 'delayed') passage.delayMs = random.int(1, 40)
  if (kind === 'late') passage.delayMs = random.int(300, 2_500)
  if (kind === 'lost') passage.end = 'lost'
  if (kind === 'replyLost') passage.end = 'reply lost'
  if (kind === 'cut') {
    passage.end = 'cut'
    passage.cutAfterMs = random.int(0, 15)
  }
  if (kind === 'repeated') passage.repeatAfterMs = random.pick([0, 1, 3, 5, 20, 800])
  return passage
}

/** Carries one call. Throws when no reply comes back; whether it arrived is then unknown. */
export async function carry<R>(
  send: (signal?: AbortSignal) => Promise<R>,
  passage: Passage,
): Promise<R> {
  if (passage.delayMs > 0) await sleep(passage.delayMs)
  if (passage.end === 'lost') throw new Error('lost on the way')
  if (passage.end === 'cut') return send(AbortSignal.timeout(passage.cutAfterMs))
  const reply = await send()
  if (passage.end === 'reply lost') throw new Error('reply lost on the way')
  return reply
}

/** The kind of fault, never a message: it could quote what was sent. */
export function nameFault(error: unknown): string {
  if (!(error instanceof Error)) return 'a fault'
  if (error.message.endsWith('on the way')) return error.message
  const { code } = error as NodeJS.ErrnoException
  return typeof code === 'string' ? code : error.name
}
