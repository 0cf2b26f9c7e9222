import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Defect } from '../testing/fake-campus.ts'
import { type FakeCore, startFakeCore } from '../testing/fake-core.ts'
import { allChecks, runChecks } from './run-checks.ts'
import { World } from './world.ts'

let core: FakeCore
let world: World
beforeEach(async () => {
  core = await startFakeCore()
  const { origin, demo, bffKey, campus } = core
  const waitUntil = async () => campus.expireCodes()
  world = new World({ coreUrl: origin, demo, bffKey, waitUntil })
})
afterEach(async () => {
  await world.close()
  await core.close()
})

async function run(name?: string) {
  const groups = Object.entries(allChecks).map(
    ([group, checks]) =>
      [group, checks.filter((check) => name === undefined || check.name === name)] as const,
  )
  const lines: string[] = []
  const counts = await runChecks(world, Object.fromEntries(groups), (line) => lines.push(line))
  return { ...counts, lines, text: lines.join('\n') }
}

describe('the checks of conform-core', () => {
  it('all pass on a core that keeps to the API, and leave its balances as they were', async () => {
    const before = core.campus.people.map(({ balanceFen }) => balanceFen)
    const { failed, passed, lines, text } = await run()
    expect(lines.filter((line) => line.includes('FAIL'))).toEqual([])
    expect(failed).toBe(0)
    expect(passed).toBeGreaterThan(80)
    expect(core.campus.people.map(({ balanceFen }) => balanceFen)).toEqual(before)
    const { school, terminals, gates } = core.demo
    for (const { secret } of [school, core.bffKey, ...terminals, ...gates]) {
      expect(text).not.toContain(secret)
    }
    expect(text).not.toMatch(/7[12]\d{22}|ECA1:/)
  })

  it.each<[Defect, string]>([
    ['accepts any signature', 'refuses a signature under another secret'],
    ['accepts any signature', 'refuses a call that was changed after it was signed'],
    ['accepts any signature', 'refuses a call that was signed for another core'],
    [
      'accepts old signatures',
      'refuses a signature that is more than a minute old or early, and takes one that is less',
    ],
    ['forgets nonces', 'refuses a nonce that it has seen, and does nothing the second time'],
    ['forgets nonces', 'pays once when the network delivers a payment twice'],
    ['does not sign answers', 'signs its answers and binds each to its request'],
    ['binds answers to nothing', 'signs its answers and binds each to its request'],
    ['lets every key do everything', 'lets a terminal’s key do only what terminals do'],
    ['lets every key do everything', 'lets a BFF’s key do only what a BFF does'],
    ['does not check the school secret', 'refuses a wrong secret and an unknown school alike'],
    ['shows the card number', 'shows every card with class and school, name and number masked'],
    [
      'answers outside the documented form',
      'shows every card with class and school, name and number masked',
    ],
    [
      'shows the name to terminals',
      'shows a terminal the class and a masked name, never name or number',
    ],
    [
      'pays twice for a repeated order',
      'answers a repeated order with the first answer, and takes no more',
    ],
    [
      'pays twice for a repeated order',
      'pays once when the same order arrives eight times at once',
    ],
    [
      'takes changed content for a repeat',
      'refuses an order number with changed content, and changes nothing',
    ],
    ['makes tickets for any page', 'makes tickets for pages of the school and the BFF alone'],
    [
      'redeems a ticket for every page',
      'gives a sign-in to the page that redeems its ticket first, again to that page alone',
    ],
    [
      'holds every sign-in',
      'holds a sign-in by the school’s word, and none by a WeChat that nobody bound',
    ],
    [
      'grants every sign-in everything',
      'lets a sign-in by the school’s word do what is wanted, and nothing more',
    ],
    ['tells whose a ticket is for good', 'tells a school’s service whose its ticket is, once'],
    [
      'tells every address whose a ticket is',
      'tells another address nothing, and spends the ticket that got there',
    ],
    ['takes a code twice', 'takes a code once, whichever terminal and order show it again'],
    [
      'takes a code twice',
      'gives a code to exactly one of two terminals that show it at the same time',
    ],
    ['takes a code twice', 'tells the phone why its code was refused'],
    [
      'trims codes',
      'takes a code only as it stands: no trimming, no other digits, no reserved mode',
    ],
    [
      'pays by identity code',
      'tells identity, access, collection and foreign codes apart, each with its own refusal',
    ],
    ['takes fractions', 'refuses amounts that are not a whole number of fen from 1 to ¥100,000.00'],
    ['ignores the limit', 'refuses what is over the single limit, and keeps to that answer'],
    [
      'reverses without giving back',
      'undoes a paid order to net zero, once, however often it is asked',
    ],
    ['asks no password', 'spends a code whose digits were shown, without paying'],
    [
      'keeps what waited for a password',
      'undoes an order that awaits the password at once, and frees the day’s sum',
    ],
    ['leaves no tombstone', 'keeps an order that was undone before it came from ever being paid'],
    ['refunds more than was paid', 'gives back in parts, never more than was paid'],
    [
      'refunds again when repeated',
      'answers a repeated refund with the first answer, and gives back once',
    ],
    ['shows orders to other terminals', 'keeps each terminal’s orders to itself'],
    ['takes any card', 'refuses a card and a face that nobody has'],
    ['asks no agreement', 'takes from the wallet by card only under the password-free agreement'],
    ['writes no events', 'tells the person’s own events from a cursor on, and nobody else’s'],
    ['writes no bill', 'writes a payment into the month’s bill, and the entry in full'],
    ['accepts any signature', 'knows a gate by its signature alone'],
    [
      'lets every key do everything',
      'lets a gate’s key do only what gates do, and no other key any of it',
    ],
    [
      'signs what gates are told with another key',
      'gives a gate key set, policy and list, believable from the root key on',
    ],
    ['tells a gate what it holds', 'tells a gate what it does not hold, and nothing else'],
    [
      'does not wait for news',
      'holds an answer back while there is nothing new, no longer than it was asked to',
    ],
    [
      'lists nothing that has ended',
      'tells gates that wait of a credential that has ended, and the person how far that has got',
    ],
    [
      'tells deltas that lead nowhere',
      'tells gates that wait of a credential that has ended, and the person how far that has got',
    ],
    [
      'counts no gate',
      'tells gates that wait of a credential that has ended, and the person how far that has got',
    ],
    [
      'asks no consent',
      'asks for consent before it signs a credential, and ends what it signed when it is taken back',
    ],
    [
      'goes on without consent',
      'asks for consent before it signs a credential, and ends what it signed when it is taken back',
    ],
    ['takes any device key', 'refuses a device key that is no point of P-256'],
    [
      'gives everybody the same class',
      'signs a credential that every gate believes, for the person’s class and for days at most',
    ],
    [
      'stores a record as often as it comes',
      'stores each record once, however often it is told, and shows it to its person',
    ],
    ['writes no events', 'tells the person at once what a gate has read'],
    ['finds no copies', 'finds a code that two gates let in, whichever tells first'],
    ['finds copies everywhere', 'finds a code that two gates let in, whichever tells first'],
    ['finds nothing that had ended', 'finds that a credential had ended when a gate let it in'],
    ['forgets nonces', 'refuses records that are malformed or too many, and a repeated call'],
    [
      'shows records to every gate',
      'shows a zone who was there, name masked, to gates that may know',
    ],
    [
      'shows a zone every record',
      'shows a zone who was there, name masked, to gates that may know',
    ],
    [
      'shows the name to terminals',
      'shows a zone who was there, name masked, to gates that may know',
    ],
    [
      'shows the name to terminals',
      'tells a desk class and masked name, and a name for the person that is good in its zone',
    ],
    [
      'names a holder anew each time',
      'tells a desk class and masked name, and a name for the person that is good in its zone',
    ],
    [
      'names a holder alike everywhere',
      'tells a desk class and masked name, and a name for the person that is good in its zone',
    ],
    [
      'identifies for a second desk',
      'gives an identity code to the first desk that asks, which may ask again',
    ],
    [
      'keeps the identity code before',
      'ends an identity code when the person asks for another, and takes no other kind',
    ],
    ['lets a desk guess', 'pauses a desk that asks for codes of nobody'],
    ['identifies for every gate', 'tells who somebody is only to gates that may know'],
  ])('a core that %s fails: %s', async (defect, name) => {
    for (const person of core.campus.people) person.hasPassword = true
    core.campus.defects.add(defect)
    const { failed, lines } = await run(name)
    expect(failed).toBeGreaterThanOrEqual(1)
    expect(lines.find((line) => line.includes('FAIL'))).toContain(name)
  })

  it('pass as well where everybody has a payment password', async () => {
    const before = core.campus.people.map(({ balanceFen }) => balanceFen)
    for (const person of core.campus.people) person.hasPassword = true
    for (const name of [
      'spends a code whose digits were shown, without paying',
      'undoes an order that awaits the password at once, and frees the day’s sum',
    ]) {
      expect(await run(name)).toMatchObject({ failed: 0, skipped: 0 })
    }
    expect(core.campus.people.map(({ balanceFen }) => balanceFen)).toEqual(before)
  })

  it('look at cards and faces where the agreement is signed', async () => {
    const byCard = 'takes from the wallet by card only under the password-free agreement'
    const byFace = 'takes nothing by face without the consent to it'
    for (const person of core.campus.people) person.hasAgreement = true
    for (const name of [byCard, byFace]) {
      expect(await run(name)).toMatchObject({ failed: 0, skipped: 0 })
    }
    core.campus.defects.add('asks no consent')
    expect((await run(byFace)).failed).toBeGreaterThanOrEqual(1)
    core.campus.defects.add('calls a card a code')
    expect((await run(byCard)).failed).toBeGreaterThanOrEqual(1)
  })

  it('waits where the core pauses the terminal', async () => {
    const { campus } = core
    const [own] = campus.terminals
    const real = campus.pay.bind(campus)
    let pauses = 1
    campus.pay = (terminalId, request) =>
      pauses-- > 0 && terminalId === own?.id
        ? { refused: 'TERMINAL_PAUSED', retryAfterSeconds: 0.1 }
        : real(terminalId, request)
    const { failed } = await run('refuses a code of another school')
    expect(failed).toBe(0)
  })
})
