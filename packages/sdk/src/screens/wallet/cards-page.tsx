import type { BankCard, Wallet } from '@campus-ecode/protocol/wallet'
import { useEffect, useRef, useState } from 'preact/hooks'
import { Icon } from '../icon.tsx'
import { moreIcons } from '../more-icon-paths.ts'
import { useTask } from '../use-task.ts'
import { useView } from '../view.ts'
import { Page } from './page.tsx'
import { useWallet } from './use-wallet.ts'
import { walletIcons } from './wallet-icon-paths.ts'
import { WalletProblem } from './wallet-problem.tsx'

/** R10: the bound cards, which of them is charged, and how to let go of one. */
export function CardsPage() {
  const { t, go } = useView()
  return (
    <Page title="cardsTitle">
      {(wallet) => (
        <>
          {wallet.cards.length === 0 && (
            <div class="notice short">
              <h2 class="notice-title">{t('cardsNone')}</h2>
              <p class="notice-text">{t('cardsNoneText')}</p>
            </div>
          )}
          {wallet.cards.map((card) => (
            <OneCard key={card.cardId} card={card} wallet={wallet} />
          ))}
          <button
            type="button"
            class="panel row"
            onClick={() => go({ name: 'in_wallet', page: 'bind' })}
          >
            <Icon d={walletIcons.plus} />
            {t(wallet.cards.length ? 'cardAdd' : 'cardAddFirst')}
            <Icon d={moreIcons.next} />
          </button>
        </>
      )}
    </Page>
  )
}

function OneCard({ card, wallet: { unbindsLeft, cards } }: { card: BankCard; wallet: Wallet }) {
  const { t, say } = useView()
  const wallet = useWallet()
  const task = useTask()
  const [asking, setAsking] = useState(false)
  const heading = useRef<HTMLHeadingElement>(null)
  const { cardId, bankName: bank, tail, isDefault } = card
  useEffect(() => {
    if (asking) heading.current?.focus()
  }, [asking])
  return (
    <section class="panel bank" aria-label={t('bankCardTail', { bank, tail })}>
      <p class="bank-top">
        <Icon d={walletIcons.bank} />
        <b>{bank}</b>
        <span>•• {tail}</span>
      </p>
      {isDefault && (
        <p class="bank-default">
          <b>{t('cardDefault')}</b> {t('cardDefaultText')}
        </p>
      )}
      {task.problem && !task.busy && <WalletProblem problem={task.problem} />}
      {asking ? (
        <div class="sure">
          <h2 ref={heading} tabIndex={-1}>
            {t('unbindTitle', { bank, tail })}
          </h2>
          {unbindsLeft > 0 ? (
            <>
              <p>
                <b>{t('unbindLeft', { n: unbindsLeft })}</b>
              </p>
              <p>{t(cards.length === 1 ? 'unbindLast' : 'unbindAfter')}</p>
              <button
                type="button"
                class="button danger"
                part="button"
                disabled={task.busy}
                onClick={() =>
                  task.run(
                    () => wallet.approve({ kind: 'unbind_card', cardId }),
                    undefined,
                    t('unbound'),
                  )
                }
              >
                {t('unbindDo')}
              </button>
            </>
          ) : (
            <p>{t('unbindNone')}</p>
          )}
          <button
            type="button"
            class="button quiet"
            part="button"
            disabled={task.busy}
            onClick={() => setAsking(false)}
          >
            {t(unbindsLeft > 0 ? 'keepIt' : 'close')}
          </button>
        </div>
      ) : (
        <p class="bank-actions">
          {!isDefault && (
            <button
              type="button"
              class="plain link"
              disabled={task.busy}
              onClick={() =>
                task.run(
                  () => wallet.chooseDefaultCard(cardId),
                  () => say(t('cardMadeDefault')),
                )
              }
            >
              {t('cardMakeDefault')}
            </button>
          )}
          <button type="button" class="plain link" onClick={() => setAsking(true)}>
            {t('cardUnbind')}
          </button>
        </p>
      )}
    </section>
  )
}
