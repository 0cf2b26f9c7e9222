import type { ReadingView, StateView } from '../gate-view.ts'

/** What this gate's own server can be asked. Each call rejects when the server cannot be reached. */
export const gateApi = {
  listGates: (): Promise<{ id: string; name: string }[]> => call('GET', '/gates'),
  readSettings: (): Promise<{ frameOrigin: string | null }> => call('GET', '/settings'),
  look: (gate: string): Promise<StateView> => call('GET', `/gates/${gate}`),
  read: (gate: string, text: string): Promise<ReadingView> =>
    call('POST', `/gates/${gate}/codes`, { text }),
  connect: (gate: string, isConnected: boolean): Promise<StateView> =>
    call('PUT', `/gates/${gate}/network`, { isConnected }),
}

async function call<T>(method: string, path: string, body?: object): Promise<T> {
  const answer = await fetch(path, {
    method,
    ...(body && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  })
  if (!answer.ok) throw new Error(`the gate's server answers ${answer.status}`)
  return answer.json()
}
