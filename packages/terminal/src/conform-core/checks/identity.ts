import { randomInt } from 'node:crypto'
import { corePersonRoutes } from '@campus-ecode/protocol/core-api'
import { gateRoutes, type Identity } from '@campus-ecode/protocol/gate-api'
import { formatIdentityCode } from '@campus-ecode/protocol/identity-code'
import { problemSchema } from '@campus-ecode/protocol/problem'
import { type Check, demand, Skipped } from '../check.ts'
import { demandAnswer, demandRefusal } from '../demands.ts'
import { ToldGate } from '../told-gate.ts'
import type { Person, World } from '../world.ts'

/** So many codes of nobody in a row pause a gate. */
const GUESSES_MAX = 3

/** Who somebody is, for those who have to know (R5). */
export const identityChecks: Check[] = [
  {
    name: 'tells a desk class and masked name, and a name for the person that is good in its zone',
    rule: 'R4, R5',
    async run(world) {
      const desks = await openDesks(world)
      const person = await findHolder(world)
      const holders = new Map<string, Set<string>>()
      for (const desk of [...desks, ...desks]) {
        const reply = await desk.checkIdentity(await drawIdentityCode(world, person))
        const { class: personClass, holder } = demandIdentity(reply)
        demand(personClass === person.class, 'it is another class')
        demand(!reply.text.includes(person.name), 'it shows the full name')
        demand(!reply.text.includes(person.cardNo), 'it shows the card number')
        const zone = JSON.stringify([desk.self.campus, desk.self.zone])
        holders.set(zone, (holders.get(zone) ?? new Set()).add(holder))
      }
      const all = [...holders.values()]
      demand(
        all.every(({ size }) => size === 1),
        'in one zone the person has several names',
      )
      const names = new Set(all.flatMap((each) => [...each]))
      demand(names.size === holders.size, 'two zones know the person by the same name')
    },
  },
  {
    name: 'gives an identity code to the first desk that asks, which may ask again',
    rule: 'R5: IDENTITY_CODE_INVALID',
    async run(world) {
      const [first, second] = await openDesks(world)
      if (!first || !second) throw new Skipped('only one gate may ask who somebody is')
      const code = await drawIdentityCode(world, await findHolder(world))
      demandIdentity(await first.checkIdentity(code))
      demandIdentity(await first.checkIdentity(code))
      demandRefusal(await second.checkIdentity(code), 'IDENTITY_CODE_INVALID')
    },
  },
  {
    name: 'ends an identity code when the person asks for another, and takes no other kind',
    rule: 'R5: IDENTITY_CODE_INVALID, IDENTITY_CODE_OTHER_KIND',
    async run(world) {
      const [desk] = await openDesks(world)
      const person = await findHolder(world)
      const before = await drawIdentityCode(world, person)
      const code = await drawIdentityCode(world, person)
      demandRefusal(await desk.checkIdentity(before), 'IDENTITY_CODE_INVALID')
      for (const other of [`71${code.slice(2)}`, ` ${code}`, 'hello']) {
        demandRefusal(await desk.checkIdentity(other), 'IDENTITY_CODE_OTHER_KIND')
      }
      demandIdentity(await desk.checkIdentity(code))
    },
  },
  {
    name: 'pauses a desk that asks for codes of nobody',
    rule: 'R5: RATE_LIMITED',
    async run(world) {
      const [desk] = await openDesks(world)
      for (let guess = 0; guess < GUESSES_MAX; guess++) {
        const random = String(randomInt(1e8)).padStart(17, '0')
        const code = formatIdentityCode({ school: world.demo.school.id, random })
        demandRefusal(await desk.checkIdentity(code), 'IDENTITY_CODE_INVALID')
      }
      const code = await drawIdentityCode(world, await findHolder(world))
      const paused = await desk.checkIdentity(code)
      demandRefusal(paused, 'RATE_LIMITED')
      const { retryAfterSeconds } = problemSchema.parse(paused.json)
      demand(retryAfterSeconds !== undefined, 'it does not say for how long')
      await world.waitUntil(Date.now() + retryAfterSeconds * 1000 + 100)
      demandIdentity(await desk.checkIdentity(code))
    },
  },
  {
    name: 'tells who somebody is only to gates that may know',
    rule: 'GATE_NOT_PERMITTED',
    async run(world) {
      const isOther = ({ permissions }: ToldGate['self']) => !permissions.includes('identity')
      const gate = await ToldGate.open(world, 'gate without the permission', isOther)
      const code = await drawIdentityCode(world, await findHolder(world))
      demandRefusal(await gate.checkIdentity(code), 'GATE_NOT_PERMITTED')
    },
  },
]

async function openDesks(world: World): Promise<[ToldGate, ...ToldGate[]]> {
  const gates = await ToldGate.openAll(world)
  const [desk, ...more] = gates.filter(({ self }) => self.permissions.includes('identity'))
  if (!desk) throw new Skipped('no gate may ask who somebody is')
  return [desk, ...more]
}

function findHolder(world: World): Promise<Person> {
  return world.findPerson('an active card', () => true)
}

async function drawIdentityCode(world: World, person: Person): Promise<string> {
  const reply = await world.callPerson('issueIdentityCode', person)
  return demandAnswer(reply, corePersonRoutes.issueIdentityCode).code
}

function demandIdentity(reply: Parameters<typeof demandAnswer>[0]): Identity {
  return demandAnswer(reply, gateRoutes.checkIdentity)
}
