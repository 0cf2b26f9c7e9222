import type { ErrorCode } from '@campus-ecode/protocol/errors'
import { LIFETIME_SECONDS } from '@campus-ecode/protocol/one-time'
import { type Check, demand } from '../check.ts'
import { demandPassword } from '../demand-password.ts'
import { demandRefusal, describe } from '../demands.ts'
import { LIST_FEN, type World } from '../world.ts'

/** Which codes pay, and which are told apart. */
export const codeChecks: Check[] = [
  {
    name: 'issues codes of the documented form that live for a minute',
    rule: 'R18, docs/codes.md "Issued codes"',
    async run(world) {
      const payer = await world.findPayer()
      const drawn = await world.drawCode(payer)
      const { id } = world.demo.school
      demand(drawn.code.startsWith(`71${id}7`), 'a wallet code does not begin 71, school, 7')
      const livesMs = Date.parse(drawn.expiresAt) - Date.parse(drawn.issuedAt)
      demand(livesMs === LIFETIME_SECONDS * 1000, `it lives ${livesMs / 1000} s`)
      const next = await world.drawCode(payer)
      demand(next.code !== drawn.code, 'the next code is the same')
    },
  },
  {
    name: 'ends a code when its owner asks for another',
    rule: 'docs/codes.md "Issued codes": CODE_EXPIRED',
    async run(world) {
      const payer = await world.findPayer()
      const { code } = await world.drawCode(payer)
      await world.drawCode(payer)
      await refusedScan(world, code, 'CODE_EXPIRED')
    },
  },
  {
    name: 'tells identity, access, collection and foreign codes apart, each with its own refusal',
    rule: 'R5, R24, R28',
    async run(world) {
      const payer = await world.findPayer()
      const { code } = await world.drawCode(payer)
      const { id } = world.demo.school
      const identity = `72${id}1${'0'.repeat(17)}`
      const collection = `https://pay.example/c/1?s=${id}&m=m&t=t&k=1&g=${'A'.repeat(86)}`
      const cases: [text: string, refused: ErrorCode | ErrorCode[]][] = [
        [`72${code.slice(2, 6)}1${code.slice(7)}`, 'CODE_IDENTITY_ONLY'],
        [identity, 'CODE_IDENTITY_ONLY'],
        [`ECA1:${'A'.repeat(272)}`, 'CODE_ACCESS_ONLY'],
        [collection, 'CODE_COLLECTION_ONLY'],
        // Where WeChat's codes are taken (R27), WeChat knows none like this.
        ['130000000000000000', ['CODE_FOREIGN_NOT_ACCEPTED', 'CODE_NOT_RECOGNISED']],
        ['2800000000000000', 'CODE_FOREIGN_NOT_ACCEPTED'],
        ['6200000000000000000', 'CODE_FOREIGN_NOT_ACCEPTED'],
      ]
      for (const [text, refused] of cases) await refusedScan(world, text, refused)
    },
  },
  {
    name: 'refuses a code of another school',
    rule: 'CODE_OTHER_SCHOOL',
    async run(world) {
      const payer = await world.findPayer()
      const { code } = await world.drawCode(payer)
      const other = code.slice(2, 6) === '9999' ? '9998' : '9999'
      await refusedScan(world, `71${other}${code.slice(6)}`, 'CODE_OTHER_SCHOOL')
    },
  },
  {
    name: 'takes a code only as it stands: no trimming, no other digits, no reserved mode',
    rule: 'docs/codes.md "Routing": CODE_NOT_RECOGNISED',
    async run(world) {
      const payer = await world.findPayer()
      const { code } = await world.drawCode(payer)
      const fullWidth = code.replaceAll(/\d/g, (digit) =>
        String.fromCharCode(digit.charCodeAt(0) + 0xfee0),
      )
      const texts = [
        '',
        'hello',
        ` ${code}`,
        `${code}\n`,
        `${code}\r\n`,
        `${code} `,
        code.slice(0, 23),
        `${code}0`,
        fullWidth,
        `${code.slice(0, 23)}${fullWidth.slice(23)}`,
        ...['0', '5', '8', '9'].map((mode) => code.slice(0, 6) + mode + code.slice(7)),
        '6901234567892',
      ]
      for (const text of texts) await refusedScan(world, text, 'CODE_NOT_RECOGNISED')
      const orderNo = world.newOrderNo()
      const reply = await world.sendPay(world.till, { orderNo, amountFen: LIST_FEN, code })
      demand(reply.status < 300, `then the code itself is answered with ${describe(reply)}`)
      await world.callOrder('reverse', world.till, { orderNo })
    },
  },
  {
    name: 'refuses codes of our form that are nobody’s',
    rule: 'CODE_NOT_RECOGNISED',
    async run(world) {
      const payer = await world.findPayer()
      const { code } = await world.drawCode(payer)
      // Two, and a good one after them: a terminal pauses after three in a row.
      const turned = code.slice(0, -1) + String((Number(code.at(-1)) + 1) % 10)
      const flipped = `${code.slice(0, 6)}6${code.slice(7)}`
      for (const text of [turned, flipped]) await refusedScan(world, text, 'CODE_NOT_RECOGNISED')
      const orderNo = world.newOrderNo()
      const reply = await world.sendPay(world.till, { orderNo, amountFen: LIST_FEN, code })
      demand(reply.status < 300, `then the code itself is answered with ${describe(reply)}`)
      await world.callOrder('reverse', world.till, { orderNo })
    },
  },
  {
    name: 'takes a code once, whichever terminal and order show it again',
    rule: 'R18: CODE_USED',
    async run(world) {
      const payer = await world.findPayer()
      const { code } = await world.drawCode(payer)
      const pay = (till = world.till) =>
        world.sendPay(till, { orderNo: world.newOrderNo(), amountFen: LIST_FEN, code })
      const first = await pay()
      demand(first.status < 300, `the code is answered with ${describe(first)}`)
      demandRefusal(await pay(), 'CODE_USED')
      if (world.tills.length > 1) demandRefusal(await pay(world.otherTill), 'CODE_USED')
      await world.undoAll()
      demandRefusal(await pay(), 'CODE_USED')
    },
  },
  {
    name: 'gives a code to exactly one of two terminals that show it at the same time',
    rule: 'R18: CODE_USED',
    async run(world) {
      const payer = await world.findPayer()
      const before = await world.readBalance(payer)
      const { code } = await world.drawCode(payer)
      const replies = await Promise.all(
        [world.till, world.otherTill, world.till, world.otherTill].map((till) =>
          world.sendPay(till, { orderNo: world.newOrderNo(), amountFen: LIST_FEN, code }),
        ),
      )
      const paid = replies.filter(({ status }) => status < 300)
      for (const reply of replies) if (!paid.includes(reply)) demandRefusal(reply, 'CODE_USED')
      demand(paid.length === 1, `${paid.length} of them are paid`)
      await world.undoAll()
      demand((await world.readBalance(payer)) === before, 'undone, the balance is another')
    },
  },
  {
    name: 'spends a code whose digits were shown, without paying',
    rule: 'docs/codes.md "Payment code": AWAITING_PASSWORD or PASSWORD_REQUIRED, then CODE_USED',
    async run(world) {
      const payer = await world.findPayer()
      const before = await world.readBalance(payer)
      const { code } = await world.drawCode(payer, { revealed: true })
      const orderNo = world.newOrderNo()
      const order = { orderNo, amountFen: LIST_FEN, code }
      const first = await demandPassword(world, order)
      const again = await demandPassword(world, order)
      demand(first === again, `first it is ${first}, then ${again}`)
      const { status, refusal } = await world.query(world.till, orderNo)
      demand(status === first, `answered as ${first}, it stands as ${status}`)
      const isTold = status === 'AWAITING_PASSWORD' || refusal?.code === 'PASSWORD_REQUIRED'
      demand(isTold, 'the order stands with another refusal')
      const other = { ...order, orderNo: world.newOrderNo() }
      demandRefusal(await world.sendPay(world.till, other), 'CODE_USED')
      demand((await world.readBalance(payer)) === before, 'money moved')
      await world.undoAll()
    },
  },
  {
    name: 'refuses a code one minute after it was issued',
    rule: 'R18: CODE_EXPIRED',
    async run(world) {
      const payer = await world.findPayer()
      const { code, expiresAt } = await world.drawCode(payer)
      await world.waitUntil(Date.parse(expiresAt) + 1_000)
      await refusedScan(world, code, 'CODE_EXPIRED')
    },
  },
]

/** Such a code is refused so, and leaves no order behind. */
async function refusedScan(
  world: World,
  code: string,
  refused: ErrorCode | ErrorCode[],
): Promise<void> {
  const orderNo = world.newOrderNo()
  const reply = await world.sendPay(world.till, { orderNo, amountFen: LIST_FEN, code })
  demandRefusal(reply, refused)
  const after = await world.callOrder('getPayment', world.till, { orderNo })
  demandRefusal(after, 'ORDER_NOT_FOUND')
}
