import type { ApprovalAction, ApprovalState } from '@campus-ecode/protocol/approvals'
import type { Card } from '@campus-ecode/protocol/card'
import type { ErrorCode } from '@campus-ecode/protocol/errors'
import type { Transfer, Wallet } from '@campus-ecode/protocol/wallet'

export const KEYPAD_ORIGIN = 'https://keypad.bank.test'

export interface Side {
  card: Card
  smsCode: string
  refuse(code: ErrorCode): Response
}

const openFaceCheck = {
  pageUrl: 'https://face.test/check/1',
  expiresAt: '2026-09-01T04:09:00.000Z',
}

/** The wallet's side of the core, in a few lines: approvals are spent once and bind what they approve. */
export function createFakeWallet() {
  const approvals = new Map<string, ApprovalState & { ticket: string; returnTo: string }>()
  const transfers = new Map<string, Transfer & { approvalId: string }>()
  let serial = 0
  let codeGiven = false

  const fake = {
    state: makeWallet(),
    approvals,
    transfers,
    /** What the bank says of the next transfer. */
    bankAnswers: 'SUCCEEDED' as Transfer['status'],
    /** How the face check stands, where one is asked for. */
    face: undefined as 'PENDING' | 'PASSED' | ErrorCode | undefined,
    /** The newest approval. */
    lastApproval() {
      const last = [...approvals.values()].pop()
      if (!last) throw new Error('nothing was to be approved')
      return last
    },
    /** The person types the right password, or thinks better of it. */
    decide(approvalId: string, status: ApprovalState['status']) {
      const approval = approvals.get(approvalId)
      if (approval) approval.status = status
    },
    spend(approvalId: string, kind: ApprovalAction['kind']): ErrorCode | undefined {
      const approval = approvals.get(approvalId)
      if (approval?.status !== 'approved' || approval.action.kind !== kind)
        return 'APPROVAL_INVALID'
      approval.status = 'spent'
      return undefined
    },
    answer(route: string, body: unknown, side: Side): object | undefined {
      const { refuse } = side
      const [method, path = ''] = route.split(' ')
      const [, ...parts] = path.split('/')
      const given = (body ?? {}) as Record<string, never>
      const approved = (kind: ApprovalAction['kind'], then: () => object) => {
        const refusal = fake.spend(given['approvalId'] ?? '', kind)
        return refusal ? refuse(refusal) : then()
      }
      const change = (changes: Partial<Wallet>) => {
        fake.state = { ...fake.state, ...changes }
        return fake.state
      }
      const open = () => ({
        wallet: change({ status: 'open', balanceFen: 0, bindingId: null }),
        verificationId: 'v1',
      })
      const lookAtBinding = () => {
        if (fake.face && fake.face !== 'PENDING' && fake.face !== 'PASSED') return refuse(fake.face)
        const pending = fake.face === 'PENDING'
        const bound = codeGiven && !pending
        return {
          bindingId: 'binding-1',
          bankName: '建设银行',
          tail: '1234',
          expiresAt: '2026-09-01T04:10:00.000Z',
          awaits: [...(codeGiven ? [] : ['SMS_CODE']), ...(pending ? ['FACE'] : [])],
          faceCheck: pending ? openFaceCheck : null,
          bound: bound ? open() : null,
        }
      }
      const move = (kind: Transfer['kind']) => {
        const { transferId, cardId, amountFen, approvalId } = given
        const known = transfers.get(transferId ?? '')
        if (known) return known
        const card = fake.state.cards.find((each) => each.cardId === cardId)
        if (!card) return refuse('CARD_NOT_BOUND')
        if (kind === 'withdrawal' && (fake.state.balanceFen ?? 0) < (amountFen ?? 0)) {
          return refuse('INSUFFICIENT_FUNDS')
        }
        return approved(kind, () => {
          const transfer = {
            transferId: transferId ?? '',
            kind,
            status: fake.bankAnswers,
            amountFen: amountFen ?? 0,
            bankName: card.bankName,
            cardTail: card.tail,
            createdAt: '2026-09-01T04:00:00.000Z',
            settledAt: null,
            approvalId: approvalId ?? '',
          }
          transfers.set(transfer.transferId, transfer)
          return transfer
        })
      }
      switch (route) {
        case 'GET /wallet':
          return fake.state
        case 'POST /approvals': {
          const approvalId = `approval-${++serial}`
          const { action, returnTo } = given
          const ticket = `ticket-${serial}`
          if (fake.state.password === 'not_set') return refuse('PASSWORD_NOT_SET')
          if (!action || !returnTo) return refuse('BAD_REQUEST')
          approvals.set(approvalId, { approvalId, action, returnTo, ticket, status: 'waiting' })
          const expiresAt = '2026-09-01T04:03:00.000Z'
          return { approvalId, keypadUrl: `${KEYPAD_ORIGIN}/keypad`, ticket, expiresAt }
        }
        case 'POST /wallet/bindings':
          return {
            bindingId: 'binding-1',
            bankName: '建设银行',
            tail: '1234',
            phoneTail: '5678',
            expiresAt: '2026-09-01T04:10:00.000Z',
            faceCheck: fake.face ? openFaceCheck : null,
          }
        case 'POST /wallet/bindings/binding-1/confirm':
          if (given['smsCode'] !== side.smsCode) return refuse('SMS_CODE_WRONG')
          codeGiven = true
          return fake.face && fake.face !== 'PASSED' ? lookAtBinding() : open()
        case 'GET /wallet/bindings/binding-1':
          return lookAtBinding()
        case 'POST /wallet/top-ups':
          return move('top_up')
        case 'POST /wallet/withdrawals':
          return move('withdrawal')
        case 'PUT /wallet/limits': {
          const { singleFen = 0, dailyFen = 0 } = given
          const limits = { ...fake.state.limits, singleFen, dailyFen }
          const rises =
            singleFen > fake.state.limits.singleFen || dailyFen > fake.state.limits.dailyFen
          if (!rises) return change({ limits })
          return approved('raise_limits', () => change({ limits }))
        }
        case 'POST /wallet/agreement':
          return approved('sign_agreement', () =>
            change({ agreement: { signedAt: '2026-09-01T04:00:00.000Z', urged: false } }),
          )
        case 'DELETE /wallet/agreement':
          return change({ agreement: { signedAt: null, urged: false } })
        case 'POST /wallet/close':
          return approved('close_wallet', () => change({ status: 'closed' }))
        case 'POST /wallet/reopen':
          return approved('reopen_wallet', () => change({ status: 'open' }))
        case 'POST /card/lock':
          side.card = { ...side.card, status: 'locked' }
          return side.card
        case 'POST /card/unlock':
          return approved('unlock_card', () => {
            side.card = { ...side.card, status: 'active' }
            return side.card
          })
        case 'GET /devices':
          return { devices: [], signIns: [] }
        case 'POST /verifications':
          return {
            verificationId: 'v1',
            phoneTail: '5678',
            expiresAt: '2026-09-01T04:10:00.000Z',
          }
        case 'POST /verifications/v1/confirm':
          return given['smsCode'] === side.smsCode ? {} : refuse('SMS_CODE_WRONG')
      }
      const [first, second, third, fourth] = parts
      if (method === 'GET' && first === 'approvals') {
        return approvals.get(second ?? '') ?? refuse('APPROVAL_INVALID')
      }
      if (first === 'approvals' && third === 'cancel') {
        if (!approvals.has(second ?? '')) return refuse('APPROVAL_INVALID')
        fake.decide(second ?? '', 'cancelled')
        return {}
      }
      if (method === 'GET' && second === 'transfers') {
        return transfers.get(third ?? '') ?? refuse('TRANSFER_NOT_FOUND')
      }
      if (second === 'cards' && fourth === 'unbind') {
        return approved('unbind_card', () =>
          change({ cards: fake.state.cards.filter((card) => card.cardId !== third) }),
        )
      }
      if (second === 'cards' && fourth === 'default') {
        return change({
          cards: fake.state.cards.map((card) => ({ ...card, isDefault: card.cardId === third })),
        })
      }
      return undefined
    },
  }
  return fake
}

function makeWallet(): Wallet {
  return {
    status: 'open',
    balanceFen: 12_840,
    cards: [
      {
        cardId: 'card-1',
        bankName: '建设银行',
        tail: '1234',
        isDefault: true,
        boundAt: '2026-08-01T04:00:00.000Z',
      },
    ],
    unbindsLeft: 3,
    reopensLeft: 3,
    pending: [],
    limits: { singleFen: 20_000, dailyFen: 100_000, spentTodayFen: 0, ceilingFen: 500_000 },
    agreement: { signedAt: null, urged: false },
    password: 'set',
    needsFace: false,
    bindingId: null,
  }
}
