import { setTimeout as sleep } from 'node:timers/promises'
import { providerRoutes } from '@campus-ecode/protocol/core-api'
import { signRequest, verifyResponse } from '@campus-ecode/protocol/http-signature'
import type { FaceCheckNews } from '@campus-ecode/protocol/real-name-port'
import type { SigningKey } from '@campus-ecode/protocol/signing-key'

const FIRST_PAUSE_MS = 500
const PAUSE_MS_MAX = 60_000
const TRIES_MAX = 12
const ANSWER_TIMEOUT_MS = 4_000

/**
 * Tells the core what came of a face check, again and again until it has taken it.
 *
 * @returns Whether it was taken; false also for a check that the core does not know.
 */
export async function tellCore(
  news: FaceCheckNews,
  { coreUrl, key, stopping }: { coreUrl: string; key: SigningKey; stopping: AbortSignal },
): Promise<boolean> {
  let pauseMs = FIRST_PAUSE_MS
  for (let left = TRIES_MAX; left > 0 && !stopping.aborted; left--) {
    const status = await tellOnce(news, coreUrl, key).catch(() => undefined)
    if (status === 200) return true
    if (status === 404) return false
    await sleep(pauseMs, undefined, { signal: stopping, ref: false }).catch(() => {})
    pauseMs = Math.min(pauseMs * 2, PAUSE_MS_MAX)
  }
  return false
}

/** @returns The status of an answer that the core has signed; undefined for any other. */
async function tellOnce(
  news: FaceCheckNews,
  coreUrl: string,
  key: SigningKey,
): Promise<number | undefined> {
  const { method, path: target } = providerRoutes.tellFaceCheck
  const origin = new URL(coreUrl).origin
  const body = JSON.stringify(news)
  const headers = { 'content-type': 'application/json' }
  const signed = signRequest({ method, origin, target, headers, body, key, nowMs: Date.now() })
  const response = await fetch(origin + target, {
    method,
    headers: { ...headers, ...signed.headers },
    body,
    signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
  })
  const verified = await verifyResponse({
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: new Uint8Array(await response.arrayBuffer()),
    requestSignature: signed.signature,
    findKey: (keyId) => (keyId === key.keyId ? key : undefined),
    nowMs: Date.now(),
  })
  return verified.ok ? response.status : undefined
}
