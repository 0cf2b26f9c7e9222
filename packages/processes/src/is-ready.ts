import { request } from 'undici'

/** Whether a server of ours says at `/readyz` that it is. */
export async function isReady(url: string): Promise<boolean> {
  try {
    const answer = await request(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) })
    await answer.body.dump()
    return answer.statusCode === 200
  } catch {
    return false
  }
}
