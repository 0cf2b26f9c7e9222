import type { KeypadPage, KeypadProblem } from '@campus-ecode/protocol/keypad'

export type EntryResult = { ok: true } | { ok: false; problem: KeypadProblem | 'offline' }

/** Asks the core, from which this page came. */
async function post(page: KeypadPage, path: string, body: object): Promise<EntryResult> {
  try {
    const answer = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'ecode-keypad': page.secret },
      body: JSON.stringify(body),
      credentials: 'omit',
      cache: 'no-store',
      keepalive: path === '/keypad/cancel',
    })
    if (answer.ok) return { ok: true }
    return { ok: false, problem: (await answer.json()) as KeypadProblem }
  } catch {
    return { ok: false, problem: 'offline' }
  }
}

export const enter = (page: KeypadPage, sealed: string, phrase?: string): Promise<EntryResult> =>
  post(page, '/keypad/entries', phrase === undefined ? { sealed } : { sealed, phrase })

export const cancel = (page: KeypadPage): Promise<EntryResult> => post(page, '/keypad/cancel', {})
