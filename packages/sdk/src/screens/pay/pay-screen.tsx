import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { Icon } from '../icon.tsx'
import { icons } from '../icon-paths.ts'
import { Later } from '../later.tsx'
import { PageBar } from '../page-bar.tsx'
import { useHandedFocus } from '../use-handed-focus.ts'
import { useView } from '../view.ts'
import { CodeFoot } from './code-foot.tsx'
import { Paper } from './paper.tsx'

/** The code and nothing louder than it; then what became of it, in the same place (R18–R22). */
export function PayScreen() {
  const { model, t, more, fetchMore } = useView()
  const pay = model.pay.value
  const session = model.session.value.kind
  const code = pay.kind === 'code' ? pay : undefined
  const account = useRef(code?.account)
  if (pay.kind === 'code' || pay.kind === 'blocked') account.current = pay.account

  const panel = useHandedFocus(pay.kind)

  useLayoutEffect(() => model.showPay(), [model])
  useEffect(() => {
    if (code) fetchMore()
  }, [!code, fetchMore])

  // A phone with a key goes on making codes while its session is away.
  const away = (session === 'lost' || session === 'signed_out') && !code && pay.kind !== 'result'
  return (
    <div class="pay">
      <PageBar title={t('payTitle')}>
        {!model.online.value && (
          <span class="badge">
            <Icon d={icons.offline} />
            {t('offline')}
          </span>
        )}
        {more.value && <more.value.PayActions />}
      </PageBar>
      <div ref={panel} class="ticket" part="panel">
        {away ? (
          <Later>{({ SessionNotice }) => <SessionNotice />}</Later>
        ) : pay.kind === 'result' ? (
          <Later>
            {({ Result }) => (
              <Result key={pay.entry.entryId} entry={pay.entry} account={account.current} />
            )}
          </Later>
        ) : pay.kind === 'blocked' ? (
          <Later>{({ Blocked }) => <Blocked problem={pay.problem} account={pay.account} />}</Later>
        ) : (
          <>
            <Paper code={code} loading={pay.kind === 'loading'} />
            <CodeFoot code={code} />
          </>
        )}
        {pay.kind !== 'result' && !away && (
          <div class="slip">
            {more.value && <more.value.AccountSwitch chosen={account.current} />}
          </div>
        )}
      </div>
      {code && more.value && <more.value.EnrolOffer />}
    </div>
  )
}
