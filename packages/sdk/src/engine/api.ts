import type { personRoutes } from '@campus-ecode/protocol/person-api'
import type { Problem } from '@campus-ecode/protocol/problem'
import type { WritableCell } from '../cell.ts'
import type { AccessRoute } from './access/routes.ts'
import { type Answer, failed, localTrouble, type Trouble } from './answer.ts'
import type { ServerClock } from './clock.ts'
import type { HostRoute } from './host/routes.ts'
import type { LaterRoute } from './later/routes.ts'
import type { Credentials, SessionKeeper } from './session-keeper.ts'
import type { WalletRoute } from './wallet/routes.ts'
import type { WaysRoute } from './ways/routes.ts'
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

/** A part of protocol's table, which the compiler holds against it. */
export type RouteTable<K extends RouteName> = {
  readonly [Name in K]: `${Routes[Name]['method']} ${Routes[Name]['path']}`
}

/** What the first code may need. Each later part of the engine brings its own. */
const firstRoutes = {
  getCard: 'GET /card',
  getCardNumber: 'GET /card/number',
  claimCard: 'POST /card/claim',
  getAccounts: 'GET /accounts',
  chooseDefaultAccount: 'PUT /default-account',
  issueCode: 'POST /codes',
  removeDevice: 'DELETE /devices/:deviceId',
  endCredential: 'DELETE /access/credentials/:credentialId',
} as const satisfies Partial<RouteTable<RouteName>>
/** The routes of protocol that some part of the widget calls. */
type CalledRoute =
  | keyof typeof firstRoutes
  | LaterRoute
  | WalletRoute
  | AccessRoute
  | WaysRoute
  | HostRoute

const TIMEOUT_MS = 10_000
/** Refusals of the session or the proof, not of the request: a second one, made anew, may pass. */
const WORTH_ANOTHER = ['SESSION_EXPIRED', 'SESSION_INVALID', 'PROOF_EXPIRED', 'PROOF_REPLAYED']

export interface Api {
  /** Calls a person route. */
  call<K extends CalledRoute>(name: K, input: Input<K>): Promise<Answer<Output<K>>>
  /** Sends a request below `/v1/me`. Never throws and always settles; `NETWORK_LOST` after ten seconds. */
  send<T>(request: ApiRequest, read: (response: Response) => T | Promise<T>): Promise<Answer<T>>
  /** From now on these routes can be called, too. */
  learn(routes: Partial<RouteTable<RouteName>>): void
}

export interface ApiRequest {
  method: string
  path: string
  query?: string
  body?: unknown
  headers?: Record<string, string>
  /** Ends the request, and what is still to come of its answer. */
  stop?: AbortSignal
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
  const routes: Partial<Record<RouteName, string>> = { ...firstRoutes }

  const send: Api['send'] = async (request, read) => {
    for (let attempt = 1; ; attempt++) {
      const credentials = await session.credentials()
      if (!credentials.ok) {
        if (credentials.trouble.code === 'NETWORK_LOST') online.value = false
        return credentials
      }
      const { token } = credentials.value
      const answer = await exchange(request, credentials.value, read)
      if (answer.ok) return answer
      const { trouble } = answer
      if (trouble.code.startsWith('SESSION_')) session.drop(token)
      if (attempt === 1 && WORTH_ANOTHER.includes(trouble.code)) continue
      if (trouble.status) onTrouble(trouble)
      return answer
    }
  }

  async function exchange<T>(
    { method, path, query = '', body, headers, stop }: ApiRequest,
    { token, key }: Credentials,
    read: (response: Response) => T | Promise<T>,
  ): Promise<Answer<T>> {
    const url = `${baseUrl}/v1/me${path}`
    const proof = await key.prove(method, url, token, clock.now())
    const controller = new AbortController()
    const abort = () => controller.abort()
    stop?.addEventListener('abort', abort)
    const sentAt = Date.now()
    async function reach(): Promise<Answer<T>> {
      const response = await fetch(url + query, {
        method,
        headers: { ...headers, authorization: `DPoP ${token}`, dpop: proof },
        body: body ? JSON.stringify(body) : null,
        credentials: 'omit',
        cache: 'no-store',
        redirect: 'error',
        signal: controller.signal,
      })
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
    send,
    learn: (more) => void Object.assign(routes, more),
    call<K extends CalledRoute>(name: K, input: Input<K>): Promise<Answer<Output<K>>> {
      const { body, query, ...params } = input as {
        body?: unknown
        query?: Record<string, string | undefined>
      } & Record<string, string>
      const [method = '', template = ''] = (routes[name] ?? '').split(' ')
      const path = template.replace(/:(\w+)/g, (_, part) => encodeURIComponent(params[part] ?? ''))
      const headers = body ? { 'content-type': 'application/json' } : {}
      return send({ method, path, query: writeQuery(query), body, headers }, (response) =>
        response.json(),
      )
    },
  }
}

function writeQuery(query: Record<string, string | undefined> = {}): string {
  const search = new URLSearchParams()
  for (const name in query) if (query[name]) search.set(name, query[name])
  return String(search) && `?${search}`
}

async function readTrouble(response: Response): Promise<Trouble> {
  const { status } = response
  // Something between us and the BFF may have answered in its own words.
  const problem: Partial<Problem> = await response.json().catch(() => ({}))
  const requestId = problem.requestId ?? response.headers.get('ecode-request-id')
  return {
    code: problem.code ?? (status < 500 ? 'BAD_REQUEST' : 'CORE_UNREACHABLE'),
    status,
    retryable: problem.retryable ?? status >= 500,
    ...(problem.message && { sentences: problem.message }),
    ...(requestId && { requestId }),
  }
}
