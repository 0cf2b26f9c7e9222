import type { StallView, Switches } from '../stall.ts'

export type Outcome =
  | { kind: 'running' }
  | { kind: 'refused'; code: string; message: { 'zh-CN': string; en: string } }
  | { kind: 'unknown' | 'busy' | 'off' }

/** What this controller's own server can be asked. Each call rejects when it cannot be reached. */
export const showerApi = {
  list: (): Promise<{ id: string; name: string }[]> => call('GET', '/showers'),
  look: (shower: string): Promise<StallView> => call('GET', `/showers/${shower}`),
  start: (shower: string, bathNo: string, waterPassword: string): Promise<Outcome> =>
    call('POST', `/showers/${shower}/start`, { bathNo, waterPassword }),
  press: (shower: string, button: 'open' | 'shut' | 'stop'): Promise<StallView> =>
    call('POST', `/showers/${shower}/button`, { button }),
  set: (shower: string, switches: Partial<Switches>): Promise<StallView> =>
    call('PUT', `/showers/${shower}/switches`, switches),
}

async function call<T>(method: string, path: string, body?: object): Promise<T> {
  const answer = await fetch(path, {
    method,
    ...(body && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  })
  if (!answer.ok) throw new Error(`the controller's server answers ${answer.status}`)
  return answer.json()
}
