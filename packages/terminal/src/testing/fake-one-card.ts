import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Debit, DebitRefund } from '@campus-ecode/protocol/debit-port'
import {
  balanceRequestSchema,
  debitRefundRequestSchema,
  debitRequestSchema,
} from '@campus-ecode/protocol/debit-port'
import { signResponse, verifyRequest } from '@campus-ecode/protocol/http-signature'
import { formatJournalFile } from '@campus-ecode/protocol/journal-file'
import { passwordCheckSchema, personLookupSchema } from '@campus-ecode/protocol/people-port'
import { createSigningKey } from '@campus-ecode/protocol/signing-key'

/** What a vendor may get wrong. */
export type Defect =
  | 'takes unsigned calls'
  | 'takes what repeats'
  | 'takes under a used reference'
  | 'takes more than there is'
  | 'takes any amount'
  | 'forgets what never arrived'
  | 'gives back twice'
  | 'gives back more than it took'
  | 'undoes what was refunded'
  | 'does not sign answers'
  | 'cuts files short'
  | 'mixes days up'
  | 'has files of today'
  | 'knows every reference'
  | 'knows everybody'
  | 'takes any password'
  | 'takes no password'

export const oneCardKey = {
  keyId: 'core-1',
  algorithm: 'hmac-sha256',
  secret: Buffer.alloc(32, 5).toString('base64url'),
} as const
export const ONE_CARD_ACCOUNT = '2023010417'
export const ONE_CARD_PASSWORD = '010417'

interface Answer {
  status: number
  content: object | string
}
const ok = (content: object | string): Answer => ({ status: 200, content })
const no = (status: number, error: string): Answer => ({ status, content: { error } })

/** A one-card system in memory, which does everything right but what it is told to get wrong. */
export async function startFakeOneCard() {
  const defects = new Set<Defect>()
  const key = createSigningKey(oneCardKey)
  const debits = new Map<string, Debit & { refunds: Map<string, DebitRefund> }>()
  const seen = new Set<string>()
  let balanceFen = 1_000

  function debit(content: unknown): Answer {
    const parsed = debitRequestSchema.safeParse(content)
    if (!parsed.success && !defects.has('takes any amount')) return no(400, 'BAD_REQUEST')
    const { reference, account, amountFen } = content as {
      reference: string
      account: string
      amountFen: number
    }
    if (account !== ONE_CARD_ACCOUNT) return no(404, 'ACCOUNT_UNKNOWN')
    const before = debits.get(reference)
    if (before && !defects.has('takes what repeats')) {
      const isSame = before.amountFen === null || before.amountFen === amountFen
      return isSame || defects.has('takes under a used reference')
        ? ok(before)
        : no(409, 'REFERENCE_REUSED')
    }
    const isCovered = amountFen <= balanceFen || defects.has('takes more than there is')
    if (isCovered) balanceFen -= amountFen
    const status = isCovered ? 'SUCCEEDED' : 'DECLINED'
    const declineReason = isCovered ? null : 'INSUFFICIENT_FUNDS'
    const at = before?.at ?? new Date().toISOString()
    debits.set(reference, { reference, status, amountFen, declineReason, at, refunds: new Map() })
    return query(reference)
  }

  function query(reference: string): Answer {
    const known = debits.get(reference)
    if (known) return ok(known)
    if (!defects.has('knows every reference')) return no(404, 'NOT_FOUND')
    const at = new Date().toISOString()
    return ok({ reference, status: 'SUCCEEDED', amountFen: 1, declineReason: null, at })
  }

  function reverse(reference: string): Answer {
    const known = debits.get(reference)
    if (known && known.refunds.size > 0 && !defects.has('undoes what was refunded')) {
      return no(409, 'NOT_REVERSIBLE')
    }
    if (known?.status === 'SUCCEEDED') balanceFen += known.amountFen ?? 0
    const at = new Date().toISOString()
    const nothing = { reference, amountFen: null, declineReason: null, at, refunds: new Map() }
    const status = known?.status === 'DECLINED' ? 'DECLINED' : 'REVERSED'
    const reversed = { ...(known ?? nothing), status } as const
    if (known || !defects.has('forgets what never arrived')) debits.set(reference, reversed)
    return ok(reversed)
  }

  function refund(reference: string, content: unknown): Answer {
    const parsed = debitRefundRequestSchema.safeParse(content)
    if (!parsed.success) return no(400, 'BAD_REQUEST')
    const { refundReference, amountFen } = parsed.data
    const known = debits.get(reference)
    if (!known) return no(404, 'NOT_FOUND')
    const before = known.refunds.get(refundReference)
    if (before && before.amountFen !== amountFen) return no(409, 'REFERENCE_REUSED')
    if (before && !defects.has('gives back twice')) return ok(before)
    const given = [...known.refunds.values()].reduce((sum, one) => sum + one.amountFen, 0)
    const exceeds = !before && given + amountFen > (known.amountFen ?? 0)
    if (exceeds && !defects.has('gives back more than it took'))
      return no(409, 'REFUND_EXCEEDS_DEBIT')
    balanceFen += amountFen
    const at = new Date().toISOString()
    const made = { reference, refundReference, status: 'SUCCEEDED', amountFen, at } as const
    known.refunds.set(refundReference, made)
    return ok(made)
  }

  function file(day: string): Answer {
    const today = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10)
    if (day >= today && !defects.has('has files of today')) return no(404, 'NOT_FOUND')
    const at = `${defects.has('mixes days up') ? '2026-01-01' : day}T12:00:00+08:00`
    const text = formatJournalFile([{ at, kind: 'DEBIT', reference: 'pay-00000001', amountFen: 5 }])
    return ok(defects.has('cuts files short') ? text.slice(0, -12) : text)
  }

  function lookUp(content: unknown): Answer {
    const { data } = personLookupSchema.safeParse(content)
    if (!data) return no(400, 'BAD_REQUEST')
    const isKnown = data.cardNo === ONE_CARD_ACCOUNT || defects.has('knows everybody')
    if (!isKnown) return no(404, 'ACCOUNT_UNKNOWN')
    return ok({ cardNo: data.cardNo, name: '林知夏', class: 'student', left: false })
  }

  function checkPassword(content: unknown): Answer {
    const { data } = passwordCheckSchema.safeParse(content)
    if (!data) return no(400, 'BAD_REQUEST')
    const isRight = data.cardNo === ONE_CARD_ACCOUNT && data.password === ONE_CARD_PASSWORD
    const matches =
      (isRight || defects.has('takes any password')) && !defects.has('takes no password')
    return ok({ cardNo: data.cardNo, matches })
  }

  function answer(method: string, target: string, content: unknown): Answer {
    const [, root, name = '', what, more] = target.replace('/vendor', '').split('/').slice(1)
    const call = [method, root, what ?? '', more ? ':more' : ''].join(' ').trim()
    switch (call) {
      case 'POST debits':
        return name === '' ? debit(content) : no(404, 'NOT_FOUND')
      case 'GET debits':
        return query(name)
      case 'POST debits reverse':
        return reverse(name)
      case 'POST debits refunds':
        return refund(name, content)
      case 'GET debits refunds :more': {
        const known = debits.get(name)?.refunds.get(more ?? '')
        return known ? ok(known) : no(404, 'NOT_FOUND')
      }
      case 'POST balances': {
        const { data } = balanceRequestSchema.safeParse(content)
        if (data?.account !== ONE_CARD_ACCOUNT) return no(404, 'ACCOUNT_UNKNOWN')
        return ok({ balanceFen, asOf: new Date().toISOString() })
      }
      case 'POST people':
        return name === 'look-ups' ? lookUp(content) : no(404, 'NOT_FOUND')
      case 'POST password-checks':
        return checkPassword(content)
      case 'GET journal-files':
        return file(name)
      default:
        return no(404, 'NOT_FOUND')
    }
  }

  const server = createServer(async (incoming, outgoing) => {
    const body = await readAll(incoming)
    const { method = '', url: target = '', headers } = incoming
    const nowMs = Date.now()
    const verified = await verifyRequest({
      ...{ method, origin, target, headers, body, nowMs },
      findKey: (keyId) => (keyId === key.keyId ? key : undefined),
    })
    const isReplayed = verified.ok && seen.has(verified.nonce)
    if (verified.ok) seen.add(verified.nonce)
    if ((!verified.ok || isReplayed) && !defects.has('takes unsigned calls')) {
      outgoing
        .writeHead(401, { 'content-type': 'application/json' })
        .end('{"error":"UNAUTHORISED"}')
      return
    }
    const { status, content } = answer(method, target, parse(body))
    const isText = typeof content === 'string'
    const text = isText ? content : JSON.stringify(content)
    const type = { 'content-type': isText ? 'text/csv' : 'application/json' }
    const isSigned = verified.ok && !defects.has('does not sign answers')
    const signed = isSigned
      ? signResponse({
          status,
          headers: type,
          body: text,
          requestSignature: verified.signature,
          key,
          nowMs,
        })
      : undefined
    outgoing.writeHead(status, { ...type, ...signed?.headers }).end(text)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: `${origin}/vendor`,
    defects,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function readAll(incoming: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of incoming) pieces.push(piece as Buffer)
  return Buffer.concat(pieces)
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}
