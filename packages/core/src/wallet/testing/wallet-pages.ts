import { setTimeout as sleep } from 'node:timers/promises'
import type { ApprovalAction } from '@campus-ecode/protocol/approvals'
import type { Wallet } from '@campus-ecode/protocol/wallet'
import { inTransaction, type Tx } from '../../db/database.ts'
import { approve } from '../../testing/approvals.ts'
import type { HttpCore, Reply, RouteName } from '../../testing/http-core.ts'
import type { KnownCard } from '../../testing/known-bank.ts'

/** What a person's pages do with a wallet, in one line each. */
export function createWalletPages(core: HttpCore) {
  const { pool } = core.services.db
  let cards = 0

  /** A card of the person whom the test campus knows, at the test bank. */
  function addBankCard(change: Partial<KnownCard> = {}): KnownCard {
    const number = String(++cards).padStart(4, '0')
    return core.gateway.addCard({
      name: '林半夏',
      idNumber: '110101200001011234',
      cardNo: `62220000000${number}`,
      phone: '13900139000',
      bankName: '云谷银行',
      token: `tok-of-${number}`,
      ...change,
    })
  }

  function startBinding(personId: string, card: KnownCard, change: object = {}): Promise<Reply> {
    const { name, idNumber, cardNo, phone } = card
    const body = { consent: true, name, idNumber, cardNo, phone, ...change }
    return core.call('startBinding', { params: { personId }, body })
  }

  function confirmBinding(personId: string, bindingId: string, smsCode?: string): Promise<Reply> {
    const body = { smsCode: smsCode ?? core.gateway.readSmsCode(`bind-${bindingId}`) }
    return core.call('confirmBinding', { params: { personId, bindingId }, body })
  }

  function getBinding(personId: string, bindingId: string): Promise<Reply> {
    return core.call('getBinding', { params: { personId, bindingId } })
  }

  /** A binding may be started again at once. */
  async function passAMinute(personId: string): Promise<void> {
    await pool.query(
      `update card_bindings set started_at = started_at - interval '61 seconds' where person_id = $1`,
      [personId],
    )
  }

  /** Binds a new card and returns its id. */
  async function bindCard(personId: string, card = addBankCard()): Promise<string> {
    const started = await startBinding(personId, card)
    const { status, body } = await confirmBinding(personId, started.body.bindingId)
    if (status !== 200) throw new Error(`the card was not bound: ${body.code}`)
    await passAMinute(personId)
    return body.wallet.cards.at(-1).cardId
  }

  async function getWallet(personId: string): Promise<Wallet> {
    return (await core.call('getWallet', { params: { personId } })).body
  }

  return {
    addBankCard,
    startBinding,
    confirmBinding,
    getBinding,
    passAMinute,
    bindCard,
    getWallet,
    /** Calls a route with an approval of just this action. */
    async approved(
      name: RouteName,
      personId: string,
      action: ApprovalAction,
      params: Record<string, string> = {},
    ): Promise<Reply> {
      const approvalId = await approve(core, personId, action)
      return core.call(name, { params: { personId, ...params }, body: { approvalId } })
    },
    async unbind(personId: string, cardId: string): Promise<Reply> {
      const approvalId = await approve(core, personId, { kind: 'unbind_card', cardId })
      return core.call('unbindCard', { params: { personId, cardId }, body: { approvalId } })
    },
    /**
     * Begins something while somebody else has the wallet, and lets that one write once the first
     * waits for it.
     */
    async whileHeld<T>(
      personId: string,
      begin: () => Promise<T>,
      write: (tx: Tx) => Promise<unknown>,
    ): Promise<T> {
      const begun = await inTransaction(pool, async (tx) => {
        await tx.query('select 1 from payers where person_id = $1 for update', [personId])
        let isOver = false
        const outcome = begin().finally(() => {
          isOver = true
        })
        const waiting = `select 1 from pg_stat_activity
                          where datname = current_database() and wait_event_type = 'Lock'`
        while (!isOver && (await pool.query(waiting)).rowCount === 0) await sleep(5)
        await write(tx)
        return { outcome }
      })
      return begun.outcome
    },
    /** Remembers the present; the function it returns tells what has happened to the person since. */
    async watch(personId: string) {
      await core.settleEvents()
      const params = { personId }
      const { cursor } = (await core.call('getEvents', { params })).body
      return async (): Promise<string[]> => {
        await core.settleEvents()
        const { body } = await core.call('getEvents', { params, query: { after: cursor } })
        return body.events.map(({ data }: { data: { type: string; change?: string } }) =>
          data.type === 'wallet' ? data.change : data.type,
        )
      }
    },
    async statusesOf(replies: Promise<Reply>[]): Promise<string[]> {
      return (await Promise.all(replies))
        .map(({ status, body }) => body.code ?? String(status))
        .sort()
    },
  }
}
