import { randomBytes } from 'node:crypto'
import type { Route } from '@campus-ecode/protocol/route'
import { coreSignInRoutes, hostRoutes, serviceTicketRoutes } from '@campus-ecode/protocol/sign-ins'
import { type Check, demand, Skipped } from '../check.ts'
import { demandAnswer, demandRefusal } from '../demands.ts'
import type { Reply } from '../wire.ts'
import { fillPath, type Person, type World } from '../world.ts'

/** Any will do: a BFF says its own. */
const BFF_ORIGIN = 'https://bff.example'
/** The school's own word, which hangs on no WeChat. */
const BY_SCHOOL = { channel: 'school', binding: '' }

/** How a page gets a session without a school's server, and a school's service its user. */
export const ticketChecks: Check[] = [
  {
    name: 'gives a sign-in to the page that redeems its ticket first, again to that page alone',
    rule: 'R2b: TICKET_INVALID',
    async run(world) {
      const [person] = world.everybody
      const ticket = await makeTicket(world, person)
      const verifier = newSecret()
      for (let times = 0; times < 2; times++) {
        const reply = await redeem(world, ticket, verifier)
        const { personId } = demandAnswer(reply, coreSignInRoutes.redeemTicket)
        demand(personId === person.id, 'it signs somebody else in')
      }
      demandRefusal(await redeem(world, ticket, newSecret()), 'TICKET_INVALID')
      demandAnswer(await redeem(world, ticket, verifier), coreSignInRoutes.redeemTicket)
    },
  },
  {
    name: 'knows no ticket that it has not made',
    rule: 'TICKET_INVALID',
    async run(world) {
      const ticket = await makeTicket(world, world.everybody[0])
      const { id } = world.demo.school
      const elsewhere = (id === '9999' ? '9998' : '9999') + ticket.slice(4)
      for (const other of [id + newSecret(), elsewhere]) {
        demandRefusal(await redeem(world, other, newSecret()), 'TICKET_INVALID')
      }
    },
  },
  {
    name: 'makes tickets for pages of the school and the BFF alone',
    rule: 'RETURN_ADDRESS_NOT_ALLOWED',
    async run(world) {
      for (const target of ['https://evil.example/', `${BFF_ORIGIN}.evil.example/`]) {
        const reply = await askForTicket(world, world.everybody[0], target)
        demandRefusal(reply, 'RETURN_ADDRESS_NOT_ALLOWED')
      }
    },
  },
  {
    name: 'holds a sign-in by the school’s word, and none by a WeChat that nobody bound',
    rule: 'R6: SIGN_IN_ENDED',
    async run(world) {
      const [person] = world.everybody
      const check = (by: object) =>
        callBff(world, coreSignInRoutes.checkSignIn, { ...by, scopes: ['card'] }, person)
      const held = demandAnswer(await check(BY_SCHOOL), coreSignInRoutes.checkSignIn)
      demand(held.personId === person.id, 'it is held for somebody else')
      const unbound = { channel: 'wechat', binding: newSecret() }
      demandRefusal(await check(unbound), 'SIGN_IN_ENDED')
    },
  },
  {
    name: 'lets a sign-in by the school’s word do what is wanted, and nothing more',
    rule: 'R24',
    async run(world) {
      const [person] = world.everybody
      for (const scopes of [['card'], ['pay', 'collection']]) {
        const wish = { ...BY_SCHOOL, scopes }
        const reply = await callBff(world, coreSignInRoutes.checkSignIn, wish, person)
        const granted = demandAnswer(reply, coreSignInRoutes.checkSignIn).scopes
        demand(
          granted.toSorted().join() === scopes.toSorted().join(),
          `${scopes.join()} is wanted, ${granted.join()} granted`,
        )
      }
    },
  },
  {
    name: 'tells a school’s service whose its ticket is, once',
    rule: 'R36: TICKET_INVALID',
    async run(world) {
      const { person, url, ticket } = await openService(world)
      const { validateServiceTicket } = serviceTicketRoutes
      const told = demandAnswer(await validate(world, url, ticket), validateServiceTicket)
      demand(told.cardNo === person.cardNo, 'it is told of somebody else')
      demandRefusal(await validate(world, url, ticket), 'TICKET_INVALID')
    },
  },
  {
    name: 'tells another address nothing, and spends the ticket that got there',
    rule: 'R36: SERVICE_UNKNOWN',
    async run(world) {
      const { url, ticket } = await openService(world)
      demandRefusal(await validate(world, 'https://evil.example/', ticket), 'SERVICE_UNKNOWN')
      demandRefusal(await validate(world, url, ticket), 'TICKET_INVALID')
    },
  },
]

const newSecret = () => randomBytes(32).toString('base64url')

function callBff(world: World, route: Route, json: object, person?: Person): Promise<Reply> {
  const params = { schoolId: world.demo.school.id, personId: person?.id ?? '' }
  return world.bff.call({ method: route.method, target: fillPath(route.path, params), json })
}

function askForTicket(world: World, person: Person, target: string): Promise<Reply> {
  const wish = { target, bffOrigin: BFF_ORIGIN, ...BY_SCHOOL }
  return callBff(world, coreSignInRoutes.createTicket, wish, person)
}

async function makeTicket(world: World, person: Person): Promise<string> {
  const reply = await askForTicket(world, person, `${BFF_ORIGIN}/h5/${world.demo.school.id}`)
  return demandAnswer(reply, coreSignInRoutes.createTicket).ticket
}

const redeem = (world: World, ticket: string, verifier: string) =>
  callBff(world, coreSignInRoutes.redeemTicket, { ticket, verifier })

const validate = (world: World, service: string, ticket: string) =>
  callBff(world, serviceTicketRoutes.validateServiceTicket, { service, ticket })

/** A ticket of the first service that somebody has in their grid. */
async function openService(world: World) {
  const person = await world.findPerson('an active card', () => true)
  const grid = demandAnswer(await world.callPerson('getServices', person), hostRoutes.getServices)
  const [service] = grid.services
  if (!service) throw new Skipped('the school has no other services')
  const { serviceId } = service
  const reply = await world.callPerson('openService', person, { params: { serviceId } })
  return { person, ...demandAnswer(reply, hostRoutes.openService) }
}
