import type { personRoutes } from '@campus-ecode/protocol/person-api'
import type { Problem } from '@campus-ecode/protocol/problem'
import type { WritableCell } from '../cell.ts'
import { type Answer, failed, localTrouble, type Trouble } from './answer.ts'
import type { ServerClock } from './clock.ts'
import type { SessionKeeper } from './session-keeper.ts'
import { within } from './within.ts'

type Routes = typeof personRoutes
export type RouteName = keyof Routes

// What zod would infer, read from the schemas' types alone: zod itself never comes to the phone.
type Taken<T> = T extends { _zod: { input: infer I } } ? I : undefined
type Made<T> = T extends { _zod: { output: infer O } } ? O : never
type Params<P> = P extends `${string}/:${infer Name}/${infer Rest}`
  ? Record<Name, string> & Params<`/${Rest}`>
  : P extends `${string}/:${infer Name}`
    ? Record<Name, string>
    : unknown
type Part<K extends RouteName, Name extends string> =
  Routes[K] extends Record<Name, infer T> ? { [P in Name]: Taken<T> } : unknown

export type Input<K extends RouteName> = Params<Routes[K]['path']> &
  Part<K, 'body'> &
  Part<K, 'query'>
export type Output<K extends RouteName> = Made<Routes[K]['answers'][keyof Routes[K]['answers']]>

/** The same table as protocol's, which the compiler holds against it in both directions. */
const routes: { readonly [K in RouteName]: `${Routes[K]['method']} ${Routes[K]['path']}` } = {
  getCard: 'GET /card',
  getCardNumber: 'GET /card/number',
  claimCard: 'POST /card/claim',
  getAccounts: 'GET /accounts',
  chooseDefaultAccount: 'PUT /default-account',
  issueCode: 'POST /codes',
  startEnrolment: 'POST /enrolments',
  confirmEnrolment: 'POST /enrolments/:enrolmentId/confirm',
  contactDevice: 'POST /devices/:deviceId/contact',
  removeDevice: 'DELETE /devices/:deviceId',
  getBill: 'GET /bill',
  getBillEntry: 'GET /bill/:entryId',
  getEvents: 'GET /events',
}

const TIMEOUT_MS = 10_000
/** Refusals of the session or the proof, not of the request: a second one, made anew, may pass. */
const WORTH_ANOTHER = ['SESSION_EXPIRED', 'SESSION_INVALID', 'PROOF_EXPIRED', 'PROOF_REPLAYED']

export interface Api {
  /** Calls a person route. Never throws and always settles; `NETWORK_LOST` after ten seconds. */
  call<K extends RouteName>(name: K, input: Input<K>): Promise<Answer<Output<K>>>
  /** Opens the event stream after a cursor; the caller reads the body and ends it by the signal. */
  openStream(after: string | undefined, signal: AbortSignal): Promise<Answer<Response>>
}

/**
 * Talks to the BFF as one person: token and proof on each request, one retry when the session or
 * the phone's clock was the trouble, every failure in one form.
 *
 * @param baseUrl The BFF, without a slash at the end.
 * @param online Set by what becomes of each request.
 */
export function createApi(
  baseUrl: string,
  session: SessionKeeper,
  clock: ServerClock,
  online: WritableCell<boolean>,
  onTrouble: (trouble: Trouble) => void,
): Api {
  async function send<T>(
    method: string,
    path: string,
    extra: { query?: string; body?: unknown; headers?: Record<string, string> },
    read: (response: Response) => T | Promise<T>,
    stop?: AbortSignal,
  ): Promise<Answer<T>> {
    for (let attempt = 1; ; attempt++) {
      const credentials = await session.credentials()
      if (!credentials.ok) {
        if (credentials.trouble.code === 'NETWORK_LOST') online.value = false
        return credentials
      }
      const { token, key } = credentials.value
      const url = `${baseUrl}/v1/me${path}`
      const headers: Record<string, string> = {
        ...extra.headers,
        authorization: `DPoP ${token}`,
        dpop: await key.prove(method, url, token, clock.now()),
      }
      const request: RequestInit = {
        method,
        headers,
        credentials: 'omit',
        cache: 'no-store',
        redirect: 'error',
      }
      if (extra.body !== undefined) {
        headers['content-type'] = 'application/json'
        request.body = JSON.stringify(extra.body)
      }
      const answer = await exchange(url + (extra.query ?? ''), request, read, stop)
      if (answer.ok) return answer
      const { trouble } = answer
      if (trouble.code.startsWith('SESSION_')) session.drop(token)
      if (attempt === 1 && WORTH_ANOTHER.includes(trouble.code)) continue
      if (trouble.status) onTrouble(trouble)
      return answer
    }
  }

  async function exchange<T>(
    url: string,
    request: RequestInit,
    read: (response: Response) => T | Promise<T>,
    stop?: AbortSignal,
  ): Promise<Answer<T>> {
    const controller = new AbortController()
    const abort = () => controller.abort()
    stop?.addEventListener('abort', abort)
    const sentAt = Date.now()
    async function reach(): Promise<Answer<T>> {
      const response = await fetch(url, { ...request, signal: controller.signal })
      online.value = true
      clock.observe(Date.parse(response.headers.get('date') ?? ''), sentAt, Date.now(), 1000)
      if (!response.ok) return failed(await readTrouble(response))
      return { ok: true, value: await read(response) }
    }
    try {
      return await within(TIMEOUT_MS, reach())
    } catch (cause) {
      const trouble = { ...localTrouble('NETWORK_LOST'), cause }
      if (stop?.aborted) return failed(trouble)
      abort()
      // Told once per loss, not once per attempt.
      if (online.value) onTrouble(trouble)
      online.value = false
      return failed(trouble)
    }
  }

  return {
    call<K extends RouteName>(name: K, input: Input<K>): Promise<Answer<Output<K>>> {
      const { body, query, ...params } = input as {
        body?: unknown
        query?: Record<string, string | undefined>
      } & Record<string, string>
      const [method = '', template = ''] = routes[name].split(' ')
      const path = template.replace(/:(\w+)/g, (_, part: string) =>
        encodeURIComponent(params[part] ?? ''),
      )
      return send(method, path, { body, query: writeQuery(query) }, (response) => response.json())
    },
    openStream(after, stop) {
      const headers: Record<string, string> = { accept: 'text/event-stream' }
      if (after) headers['last-event-id'] = after
      return send('GET', '/event-stream', { headers }, (response) => response, stop)
    },
  }
}

function writeQuery(query: Record<string, string | undefined> | undefined): string {
  const given = Object.entries(query ?? {}).filter(([, value]) => value !== undefined)
  if (!given.length) return ''
  return `?${given.map(([name, value]) => `${name}=${encodeURIComponent(value ?? '')}`).join('&')}`
}

async function readTrouble(response: Response): Promise<Trouble> {
  const { status } = response
  const headerId = response.headers.get('ecode-request-id')
  try {
    const problem: Partial<Problem> = await response.json()
    if (typeof problem.code === 'string') {
      const trouble: Trouble = { code: problem.code, retryable: problem.retryable === true, status }
      const requestId = problem.requestId ?? headerId
      if (problem.message) trouble.sentences = problem.message
      if (requestId) trouble.requestId = requestId
      if (problem.retryAfterSeconds) trouble.retryAfterSeconds = problem.retryAfterSeconds
      return trouble
    }
  } catch {
    // Something between us and the BFF answered in its own words.
  }
  const trouble: Trouble = { code: plainCode(status), retryable: status >= 429, status }
  if (headerId) trouble.requestId = headerId
  return trouble
}

/** For answers that are no problem document: a proxy's own error page. */
function plainCode(status: number): Trouble['code'] {
  if (status === 429) return 'RATE_LIMITED'
  if (status === 502 || status === 504) return 'CORE_UNREACHABLE'
  if (status === 503) return 'UNAVAILABLE'
  return status < 500 ? 'BAD_REQUEST' : 'INTERNAL'
}
