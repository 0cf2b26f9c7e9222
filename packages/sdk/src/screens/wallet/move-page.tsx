import { AMOUNT_FEN_MAX, formatYuan } from '@campus-ecode/protocol/money'
import type { BankCard, Wallet } from '@campus-ecode/protocol/wallet'
import { useEffect, useState } from 'preact/hooks'
import { Icon } from '../icon.tsx'
import { useTask } from '../use-task.ts'
import { useView } from '../view.ts'
import { typedFen, typeFen } from './amount-entry.ts'
import { AmountKeypad } from './amount-keypad.tsx'
import { defaultCard } from './default-card.ts'
import { Page } from './page.tsx'
import { useWallet } from './use-wallet.ts'
import { walletIcons } from './wallet-icon-paths.ts'
import { WalletProblem } from './wallet-problem.tsx'

const QUICK_FEN = [5_000, 10_000, 20_000, 50_000]

/** R12: how much, and which card; then the password. */
export function MovePage({ kind }: { kind: 'top_up' | 'withdrawal' }) {
  return (
    <Page title={kind === 'top_up' ? 'topUpTitle' : 'withdrawTitle'} fill>
      {(wallet) => <Move key={kind} kind={kind} wallet={wallet} />}
    </Page>
  )
}

function Move({ kind, wallet: state }: { kind: 'top_up' | 'withdrawal'; wallet: Wallet }) {
  const { t, go, say } = useView()
  const wallet = useWallet()
  const task = useTask()
  const [text, setText] = useState('')
  const [chosenId, setChosenId] = useState<string>()
  const [choosing, setChoosing] = useState(false)
  const card = state.cards.find((each) => each.cardId === chosenId) ?? defaultCard(state)
  const inward = kind === 'top_up'
  const fen = typedFen(text)
  const balanceFen = state.balanceFen ?? 0
  const tooMuch = !inward && fen > balanceFen

  useEffect(() => {
    if (!text) return
    const timer = setTimeout(() => say(t('amountNow', { amount: text })), 400)
    return () => clearTimeout(timer)
  }, [text])
  // Sent: from here on its own page tells how it goes.
  const sent = wallet.transfer.value?.kind
  const [before] = useState(wallet.transfer.value)
  useEffect(() => {
    if (sent && wallet.transfer.value !== before) go({ name: 'in_wallet', page: 'transfer' })
  }, [wallet.transfer.value])

  if (!card) {
    return (
      <div class="notice">
        <h2 class="notice-title">{t('moveNeedsCard')}</h2>
        <button
          type="button"
          class="button"
          part="button"
          onClick={() => go({ name: 'in_wallet', page: 'bind' })}
        >
          {t('cardAddFirst')}
        </button>
      </div>
    )
  }
  return (
    <div class="move">
      <div class="panel move-panel">
        {choosing ? (
          <CardChoice
            cards={state.cards}
            chosen={card}
            onChoose={(cardId) => {
              setChosenId(cardId)
              setChoosing(false)
            }}
          />
        ) : (
          <p class="move-card">
            <Icon d={walletIcons.bank} />
            <span>
              {t(inward ? 'moveFrom' : 'moveTo')}{' '}
              <b>{t('bankCardTail', { bank: card.bankName, tail: card.tail })}</b>
            </span>
            {state.cards.length > 1 && (
              <button type="button" class="plain link" onClick={() => setChoosing(true)}>
                {t('moveChoose')}
              </button>
            )}
          </p>
        )}
        <p class="move-amount" part="amount">
          <span class="spoken">{t('moveAmount')}</span>
          <span aria-hidden="true">¥</span>
          <b>{text}</b>
          <i class="caret" aria-hidden="true" />
          {!text && <span class="spoken">{t('amountEmpty')}</span>}
        </p>
        {task.problem && !task.busy ? (
          <WalletProblem problem={task.problem} />
        ) : tooMuch ? (
          <p class="move-hint wrong">{t('moveTooMuch', { balance: formatYuan(balanceFen) })}</p>
        ) : inward ? (
          <p class="move-hint">{t('moveHas', { balance: formatYuan(balanceFen) })}</p>
        ) : (
          <p class="move-hint">
            {t('moveHas', { balance: formatYuan(balanceFen) })}
            {balanceFen > 0 && (
              <button
                type="button"
                class="plain link"
                onClick={() => setText(typeFen(Math.min(balanceFen, AMOUNT_FEN_MAX)))}
              >
                {t('moveAll')}
              </button>
            )}
          </p>
        )}
      </div>
      <div class="move-foot">
        {inward && (
          // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as a grid in old engines
          <div class="quicks" role="group" aria-label={t('quickLabel')}>
            {QUICK_FEN.map((quick) => (
              <button
                key={quick}
                type="button"
                class="quick"
                aria-pressed={quick === fen}
                onClick={() => setText(typeFen(quick))}
              >
                {formatYuan(quick)}
              </button>
            ))}
          </div>
        )}
        <AmountKeypad
          text={text}
          label={t(inward ? 'purseTopUp' : 'purseWithdraw')}
          disabled={!fen || tooMuch || task.busy}
          onText={setText}
          onConfirm={() => task.run(() => wallet.startTransfer(kind, card.cardId, fen))}
        />
      </div>
    </div>
  )
}

function CardChoice({
  cards,
  chosen,
  onChoose,
}: {
  cards: readonly BankCard[]
  chosen: BankCard
  onChoose(cardId: string): void
}) {
  const { t } = useView()
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out in old engines
    <div class="choices" role="group" aria-label={t('moveChoose')}>
      {cards.map(({ cardId, bankName: bank, tail }) => (
        <button
          key={cardId}
          type="button"
          class="choice"
          aria-pressed={cardId === chosen.cardId}
          onClick={() => onChoose(cardId)}
        >
          {t('bankCardTail', { bank, tail })}
        </button>
      ))}
    </div>
  )
}
