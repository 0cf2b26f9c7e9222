import { cardHolderSchema, checkedPasswordSchema } from '@campus-ecode/protocol/people-port'
import { type Check, demand, Skipped } from '../conform-core/check.ts'
import { demandForm } from '../conform-core/demands.ts'
import { demandError, demandOk, type Vendor } from './vendor.ts'

const NOBODY = 'no-such-number'

/** Who holds a number, and whether a campus-card password is theirs. */
export const peopleChecks: Check<Vendor>[] = [
  {
    name: 'tells who holds a number, and knows no other',
    rule: 'R2b',
    async run(vendor) {
      const reply = await vendor.lookUp(vendor.account)
      demandOk(reply)
      const { cardNo, name, left } = demandForm(cardHolderSchema, reply.json)
      demand(cardNo === vendor.account, 'it tells of another number')
      demand(name.trim() !== '', 'the name is empty')
      demand(!left, 'the holder has left')
      demandError(await vendor.lookUp(NOBODY), 404, 'ACCOUNT_UNKNOWN')
    },
  },
  {
    name: 'knows the right password from a wrong one',
    rule: 'R2b',
    async run(vendor) {
      const password = passwordOf(vendor)
      demand(!(await isRight(vendor, vendor.account, `${password}0`)), 'a wrong one matches')
      demand(await isRight(vendor, vendor.account, password), 'the right one does not match')
    },
  },
  {
    name: 'tells a number that nobody has from a wrong password by nothing',
    rule: 'R2b',
    async run(vendor) {
      passwordOf(vendor)
      demand(!(await isRight(vendor, NOBODY, '000000')), 'a number that nobody has matches')
    },
  },
  {
    name: 'takes no password that is none',
    rule: 'BAD_REQUEST',
    async run(vendor) {
      for (const password of ['', null, 417290, 'x'.repeat(65)]) {
        demandError(await vendor.checkPassword(vendor.account, password), 400, 'BAD_REQUEST')
      }
    },
  },
]

function passwordOf({ password }: Vendor): string {
  if (password === undefined) throw new Skipped('CARD_PASSWORD, of the account, is not given')
  return password
}

async function isRight(vendor: Vendor, cardNo: string, password: string): Promise<boolean> {
  const reply = await vendor.checkPassword(cardNo, password)
  demandOk(reply)
  const checked = demandForm(checkedPasswordSchema, reply.json)
  demand(checked.cardNo === cardNo, 'it tells of another number')
  return checked.matches
}
