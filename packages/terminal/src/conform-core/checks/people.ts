import { bffRoutes, corePersonRoutes } from '@campus-ecode/protocol/core-api'
import { type Check, demand } from '../check.ts'
import { demandAnswer, demandRefusal } from '../demands.ts'
import { fillPath, type World } from '../world.ts'

/** Who people are, and what a phone shows of them. */
export const peopleChecks: Check[] = [
  {
    name: 'finds the person whom a school asserts',
    rule: 'R1, R2a',
    async run(world) {
      const { school } = world.demo
      for (const { id, cardNo } of world.everybody) {
        const reply = await resolve(world, school.id, { secret: school.secret, cardNo })
        const found = demandAnswer(reply, bffRoutes.resolveSubject)
        demand(found.personId === id, 'a card number leads to another person')
        demand(found.schoolId === school.id, 'a card number leads to another school')
      }
    },
  },
  {
    name: 'refuses a wrong secret and an unknown school alike',
    rule: 'SCHOOL_CREDENTIALS_INVALID',
    async run(world) {
      const { school } = world.demo
      const [{ cardNo }] = world.everybody
      const { secret } = school
      const turned = secret.slice(0, -1) + (secret.endsWith('A') ? 'B' : 'A')
      const otherSchool = school.id === '9999' ? '9998' : '9999'
      const refused = 'SCHOOL_CREDENTIALS_INVALID'
      demandRefusal(await resolve(world, school.id, { secret: turned, cardNo }), refused)
      demandRefusal(await resolve(world, otherSchool, { secret, cardNo }), refused)
    },
  },
  {
    name: 'refuses a card number that the school does not have',
    rule: 'SUBJECT_UNKNOWN',
    async run(world) {
      const { id, secret } = world.demo.school
      const reply = await resolve(world, id, { secret, cardNo: 'nobody-has-this' })
      demandRefusal(reply, 'SUBJECT_UNKNOWN')
    },
  },
  {
    name: 'shows every card with class and school, name and number masked',
    rule: 'R4',
    async run(world) {
      for (const person of world.everybody) {
        const reply = await world.callPerson('getCard', person)
        const card = demandAnswer(reply, corePersonRoutes.getCard)
        demand(card.class === person.class, 'a card has another class')
        demand(card.school.id === world.demo.school.id, 'a card has another school')
        demand(!reply.text.includes(person.cardNo), 'a card shows its full number')
        demand(!reply.text.includes(person.name), 'a card shows the full name')
      }
    },
  },
  {
    name: 'tells the full number when it is asked for',
    rule: 'docs/core-api.md, getCardNumber',
    async run(world) {
      const [person] = world.everybody
      const reply = await world.callPerson('getCardNumber', person)
      const { cardNo } = demandAnswer(reply, corePersonRoutes.getCardNumber)
      demand(cardNo === person.cardNo, 'it is another number')
    },
  },
  {
    name: 'takes the claim of a card that is claimed already',
    rule: 'R2a: repeating is harmless',
    async run(world) {
      const payer = await world.findPayer()
      const reply = await world.callPerson('claimCard', payer, { json: { consent: true } })
      demand(
        demandAnswer(reply, corePersonRoutes.claimCard).status === 'active',
        'it is not active',
      )
      const without = await world.callPerson('claimCard', payer, { json: { consent: false } })
      demandRefusal(without, 'BAD_REQUEST')
    },
  },
  {
    name: 'shows both accounts of everybody, with balance only where there is one',
    rule: 'R7, R8',
    async run(world) {
      for (const person of world.everybody) {
        const { accounts, limits } = await world.readAccounts(person)
        const names = accounts.map(({ account }) => account).sort()
        demand(names.join() === 'one_card,wallet', 'it does not show the two accounts')
        for (const { status, balanceFen } of accounts) {
          demand((balanceFen !== null) === (status === 'open'), `a balance stands at ${status}`)
          demand((balanceFen ?? 0) >= 0, 'a balance is below zero')
        }
        demand(limits.singleFen <= limits.dailyFen, 'the single limit is above the daily one')
      }
    },
  },
  {
    name: 'keeps the account that the person chose, and refuses one that is not open',
    rule: 'R7: ACCOUNT_NOT_OPEN',
    async run(world) {
      const payer = await world.findPayer()
      const choose = (account: string) =>
        world.callPerson('chooseDefaultAccount', payer, { json: { account } })
      const { accounts, defaultAccount } = await world.readAccounts(payer)
      for (const { account, status } of accounts) {
        if (status === 'unavailable') continue
        const reply = await choose(account)
        if (status !== 'open') demandRefusal(reply, 'ACCOUNT_NOT_OPEN')
        else {
          const told = demandAnswer(reply, corePersonRoutes.chooseDefaultAccount)
          demand(told.defaultAccount === account, 'the answer names another account')
          const kept = (await world.readAccounts(payer)).defaultAccount
          demand(kept === account, 'the choice is not kept')
        }
      }
      await choose(defaultAccount)
      demandRefusal(await choose('savings'), 'BAD_REQUEST')
    },
  },
]

function resolve(world: World, schoolId: string, json: { secret: string; cardNo: string }) {
  const target = fillPath(bffRoutes.resolveSubject.path, { schoolId })
  return world.bff.call({ method: 'POST', target, json: { ...json, scopes: ['card'] } })
}
