import type { Accounts } from '@campus-ecode/protocol/accounts'
import { corePersonRoutes, terminalRoutes } from '@campus-ecode/protocol/core-api'
import type { PayToken } from '@campus-ecode/protocol/payments'
import type { Account } from '@campus-ecode/protocol/shapes'
import { type Check, demand, Skipped } from '../check.ts'
import { demandAnswer, demandRefusal } from '../demands.ts'
import { LIST_FEN, type Person, type World } from '../world.ts'

/** Cards and faces at terminals. */
export const tokenChecks: Check[] = [
  {
    name: 'takes either a code or a token, and a token only in its form',
    rule: 'R29: BAD_REQUEST',
    async run(world) {
      const { code } = await world.drawCode(await world.findPayer())
      const token = { kind: 'card', value: 'conform-nobody' }
      for (const shown of [
        {},
        { code, token },
        { token: { ...token, kind: 'ring' } },
        { token: { ...token, value: '' } },
        { token: { ...token, value: '卡' } },
        { token: { ...token, value: 'x'.repeat(129) } },
      ]) {
        const order = { orderNo: world.newOrderNo(), amountFen: LIST_FEN, ...shown }
        demandRefusal(await world.sendPay(world.till, order), 'BAD_REQUEST')
      }
    },
  },
  {
    name: 'refuses a card and a face that nobody has',
    rule: 'R29: TOKEN_UNKNOWN',
    async run(world) {
      for (const kind of ['card', 'face'] as const) {
        const orderNo = world.newOrderNo()
        const reply = await swipe(world, { kind, value: `conform-nobody-${orderNo}` }, orderNo)
        demandRefusal(reply, 'TOKEN_UNKNOWN')
      }
      // A good code after them: a terminal pauses after three in a row.
      await world.pay(await world.findPayer())
    },
  },
  {
    name: 'takes from the wallet by card only under the password-free agreement',
    rule: 'R14: AGREEMENT_MISSING',
    async run(world) {
      const what = 'a card, and money in the wallet, which is the default'
      const { person, token } = await findHolder(world, 'card', what, holdsEnough('wallet'))
      const before = await world.readBalance(person)
      const orderNo = world.newOrderNo()
      if (await hasAgreement(world, person)) {
        await demandPaid(world, person, token, 'wallet')
        return
      }
      for (let i = 0; i < 2; i++) {
        demandRefusal(await swipe(world, token, orderNo), 'AGREEMENT_MISSING')
      }
      demand((await world.readBalance(person)) === before, 'money moved')
    },
  },
  {
    name: 'takes from the one-card account by card, without the agreement',
    rule: 'R14, R29',
    async run(world) {
      const what = 'a card, and money in the one-card account'
      const { person, token } = await findHolder(world, 'card', what, holdsEnough('one_card'))
      await withDefault(world, person, 'one_card', async () => {
        await demandPaid(world, person, token, 'one_card')
      })
    },
  },
  {
    name: 'takes nothing by face without the consent to it',
    rule: 'R42: FACE_CONSENT_MISSING',
    async run(world) {
      const what = 'an enrolled face that was not agreed to'
      for (const { person, token } of holdersOf(world, 'face')) {
        const reply = await world.callPerson('getConsents', person)
        const { consents } = demandAnswer(reply, corePersonRoutes.getConsents)
        const isGiven = consents.some(({ purpose, given }) => purpose === 'face' && given)
        const { accounts, defaultAccount } = await world.readAccounts(person)
        const account = accounts.find((state) => state.account === defaultAccount)
        const needsMore = defaultAccount === 'wallet' && !(await hasAgreement(world, person))
        if (isGiven || account?.status !== 'open' || needsMore) continue
        demandRefusal(await swipe(world, token), 'FACE_CONSENT_MISSING')
        return
      }
      throw new Skipped(`nobody has ${what}`)
    },
  },
]

function swipe(world: World, token: PayToken, orderNo = world.newOrderNo(), amountFen = LIST_FEN) {
  return world.sendPay(world.till, { orderNo, amountFen, token })
}

/** Once per order number, told as what it was, and from this account. */
async function demandPaid(world: World, person: Person, token: PayToken, account: Account) {
  const before = await world.readBalance(person, account)
  const orderNo = world.newOrderNo()
  for (let i = 0; i < 2; i++) {
    demandAnswer(await swipe(world, token, orderNo), terminalRoutes.pay)
    const payment = await world.awaitPaid(world.till, orderNo)
    demand(payment.means === token.kind, `it is told as paid by ${payment.means}`)
    demand(payment.channel === account, `it is taken from ${payment.channel}`)
    demand(payment.payer?.class === person.class, 'the class is another')
    const taken = before - (await world.readBalance(person, account))
    demand(taken === payment.amountFen, `${taken} fen were taken of ${payment.amountFen}`)
  }
  demandRefusal(await swipe(world, token, orderNo, LIST_FEN + 1), 'ORDER_NO_REUSED')
  await world.undoAll()
  for (let tries = 0; tries < 60; tries++) {
    const { status } = await world.query(world.till, orderNo)
    if (status === 'REVERSED') return
    demand(status === 'REVERSING', `undone, it stands as ${status}`)
    await world.waitUntil(Date.now() + 500)
  }
}

function holdersOf(world: World, kind: PayToken['kind']) {
  return world.everybody.flatMap((person) =>
    person.tokens.filter((token) => token.kind === kind).map((token) => ({ person, token })),
  )
}

async function findHolder(
  world: World,
  kind: PayToken['kind'],
  what: string,
  wanted: (accounts: Accounts) => boolean,
) {
  const holders = holdersOf(world, kind)
  const person = await world.findPerson(
    what,
    wanted,
    holders.map((holder) => holder.person),
  )
  const holder = holders.find((each) => each.person === person)
  if (!holder) throw new Skipped(`nobody has ${what}`)
  return holder
}

function holdsEnough(account: Account) {
  return ({ accounts, defaultAccount, limits }: Accounts) => {
    const left = limits.dailyFen - limits.spentTodayFen
    const balanceFen = accounts.find((state) => state.account === account)?.balanceFen ?? 0
    const isPaid = account === 'one_card' || defaultAccount === account
    return isPaid && balanceFen >= 2 * LIST_FEN && Math.min(left, limits.singleFen) >= 2 * LIST_FEN
  }
}

async function hasAgreement(world: World, person: Person): Promise<boolean> {
  const reply = await world.callPerson('getWallet', person)
  return demandAnswer(reply, corePersonRoutes.getWallet).agreement.signedAt !== null
}

async function withDefault(
  world: World,
  person: Person,
  account: Account,
  run: () => Promise<void>,
): Promise<void> {
  const { defaultAccount } = await world.readAccounts(person)
  const choose = (chosen: Account) =>
    world.callPerson('chooseDefaultAccount', person, { json: { account: chosen } })
  demandAnswer(await choose(account), corePersonRoutes.chooseDefaultAccount)
  try {
    await run()
  } finally {
    await choose(defaultAccount)
  }
}
