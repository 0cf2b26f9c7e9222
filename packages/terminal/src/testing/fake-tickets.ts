import { randomBytes } from 'node:crypto'
import { allScopes } from '@campus-ecode/protocol/sessions'
import type { FakeReply } from './fake-answers.ts'
import type { FakeCampus, FakePerson } from './fake-campus.ts'

const SERVICE = { serviceId: 'library', url: 'https://library.example/' }
const LIFE_MS = 60_000

/** The tickets of a core, in memory: enough to hold conform-core against. */
export class FakeTickets {
  readonly #campus: FakeCampus
  readonly #signIns = new Map<string, { person: FakePerson; verifier?: string }>()
  readonly #services = new Map<string, FakePerson>()

  constructor(campus: FakeCampus) {
    this.#campus = campus
  }

  answerPerson(name: string, person: FakePerson, body: unknown): FakeReply | undefined {
    const expiresAt = new Date(this.#campus.now() + LIFE_MS).toISOString()
    const secret = randomBytes(32).toString('base64url')
    const { id } = this.#campus.school
    switch (name) {
      case 'createTicket': {
        const { target, bffOrigin } = body as { target: string; bffOrigin: string }
        const isOurs = new URL(target).origin === bffOrigin
        if (!isOurs && !this.#campus.has('makes tickets for any page')) {
          return { refused: 'RETURN_ADDRESS_NOT_ALLOWED' }
        }
        this.#signIns.set(id + secret, { person })
        return { status: 201, body: { ticket: id + secret, expiresAt } }
      }
      case 'checkSignIn': {
        const { channel, scopes } = body as { channel: string; scopes: string[] }
        const granted = this.#campus.has('grants every sign-in everything') ? allScopes : scopes
        const isHeld = channel === 'school' || this.#campus.has('holds every sign-in')
        return isHeld
          ? { status: 200, body: { personId: person.id, origins: [], scopes: granted } }
          : { refused: 'SIGN_IN_ENDED' }
      }
      case 'getServices': {
        const { serviceId } = SERVICE
        const named = { serviceId, name: { 'zh-CN': '图书馆', en: 'Library' }, icon: serviceId }
        return { status: 200, body: { services: [{ ...named, native: null }] } }
      }
      case 'openService': {
        const ticket = `ST-${id}-${secret}`
        this.#services.set(ticket, person)
        return { status: 201, body: { url: SERVICE.url, ticket, expiresAt } }
      }
      default:
        return undefined
    }
  }

  redeem({ ticket, verifier }: { ticket: string; verifier: string }): FakeReply {
    const made = this.#signIns.get(ticket)
    if (!made) return { refused: 'TICKET_INVALID' }
    made.verifier ??= verifier
    if (made.verifier !== verifier && !this.#campus.has('redeems a ticket for every page')) {
      return { refused: 'TICKET_INVALID' }
    }
    const by = { channel: 'school', binding: '' }
    return { status: 200, body: { personId: made.person.id, origins: [], ...by } }
  }

  validate({ ticket, service }: { ticket: string; service: string }): FakeReply {
    const person = this.#services.get(ticket)
    if (!person) return { refused: 'TICKET_INVALID' }
    if (!this.#campus.has('tells whose a ticket is for good')) this.#services.delete(ticket)
    if (service !== SERVICE.url && !this.#campus.has('tells every address whose a ticket is')) {
      return { refused: 'SERVICE_UNKNOWN' }
    }
    const { cardNo, name, class: personClass } = person
    return { status: 200, body: { cardNo, name, class: personClass } }
  }
}
