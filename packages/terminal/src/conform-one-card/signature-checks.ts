import { randomBytes } from 'node:crypto'
import { createSigningKey } from '@campus-ecode/protocol/signing-key'
import { type Check, demand } from '../conform-core/check.ts'
import type { Reply } from '../conform-core/wire.ts'
import { AMOUNT_FEN, demandDebit, type Vendor } from './vendor.ts'

/** Who may take money, and how a call is known to be the core's. */
export const signatureChecks: Check<Vendor>[] = [
  {
    name: 'refuses a call without a signature, and takes nothing',
    rule: 'RFC 9421',
    run: (vendor) =>
      takesNothing(vendor, (call) => vendor.wire.send({ ...call, headers: contentType })),
  },
  {
    name: 'refuses a signature under another secret',
    rule: 'RFC 9421',
    run: (vendor) =>
      takesNothing(vendor, ({ method, target, json }) => {
        const secret = randomBytes(32).toString('base64url')
        const { keyId } = vendor.wire.key
        const key = createSigningKey({ keyId, algorithm: 'hmac-sha256', secret })
        return vendor.wire.call({ method, target, json, key })
      }),
  },
  {
    name: 'refuses a signature of two minutes ago',
    rule: 'RFC 9421 §7.2.2',
    run: (vendor) =>
      takesNothing(vendor, ({ method, target, json }) =>
        vendor.wire.call({ method, target, json, nowMs: Date.now() - 120_000 }),
      ),
  },
  {
    name: 'refuses a call that was changed after it was signed',
    rule: 'RFC 9530',
    run: (vendor) =>
      takesNothing(vendor, (call) =>
        vendor.wire.send({
          ...call,
          body: call.body?.replace(`"amountFen":${AMOUNT_FEN}`, '"amountFen":1'),
        }),
      ),
  },
  {
    name: 'takes once when the network delivers a call twice',
    rule: 'R33',
    async run(vendor) {
      const before = await vendor.readBalanceFen()
      const reference = vendor.newReference()
      const call = vendor.wire.sign(debitCall(vendor, reference))
      demandDebit(await vendor.wire.send(call), { reference, status: 'SUCCEEDED' })
      await vendor.wire.send(call)
      demand((await vendor.readBalanceFen()) === before - AMOUNT_FEN, 'it took something else')
    },
  },
]

const contentType = { 'content-type': 'application/json' }

function debitCall(vendor: Vendor, reference: string) {
  const { account } = vendor
  const json = { reference, account, amountFen: AMOUNT_FEN, memo: 'conform' }
  return { method: 'POST', target: vendor.target('debit'), json }
}

type SignedDebit = ReturnType<typeof debitCall> & ReturnType<Vendor['wire']['sign']>

/** Whatever it answers, it is a no, and the balance is as it was. */
async function takesNothing(
  vendor: Vendor,
  send: (call: SignedDebit) => Promise<Reply>,
): Promise<void> {
  const before = await vendor.readBalanceFen()
  const call = debitCall(vendor, vendor.newReference())
  const { status } = await send({ ...call, ...vendor.wire.sign(call) })
  demand(status >= 400 && status < 500, `it is answered with ${status}`)
  demand((await vendor.readBalanceFen()) === before, 'it took something')
}
