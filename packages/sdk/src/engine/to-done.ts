import type { Done } from '../model.ts'
import type { Answer } from './answer.ts'

/** How a call ended, as screens are told. */
export function toDone<T>(answer: Answer<T>): Done<T> {
  return answer.ok
    ? { kind: 'done', value: answer.value }
    : { kind: 'refused', problem: answer.trouble }
}
