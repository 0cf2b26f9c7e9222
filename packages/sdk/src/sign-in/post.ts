import type { Problem } from '@campus-ecode/protocol/problem'
import { within } from '../engine/within.ts'

const TIMEOUT_MS = 10_000

export type Posted<T> = { ok: true; value: T } | { ok: false; problem: Partial<Problem> }

/** Posts to the BFF, before there is a session. Rejects when nothing answers. */
export async function post<T>(url: string, body: object): Promise<Posted<T>> {
  const exchange = async (): Promise<Posted<T>> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const answer = await response.json()
    return response.ok ? { ok: true, value: answer } : { ok: false, problem: answer }
  }
  return within(TIMEOUT_MS, exchange())
}
