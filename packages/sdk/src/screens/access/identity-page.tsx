import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks'
import { drawQr } from '../../qr.ts'
import { Icon } from '../icon.tsx'
import { icons } from '../icon-paths.ts'
import { PageBar } from '../page-bar.tsx'
import { CodeCanvas } from '../pay/code-canvas.tsx'
import { BARCODE_MODULES, barcodeCells, QR_MODULES, qrCells } from '../pay/code-drawing.ts'
import { SessionNotice } from '../session-notice.tsx'
import { useView } from '../view.ts'
import { AccessBlocked } from './access-blocked.tsx'
import { accessIcons } from './access-icon-paths.ts'
import { Ground } from './ground.tsx'
import { TearLine } from './tear-line.tsx'
import { useAccess } from './use-access.ts'

const offline = { title: 'NETWORK_LOST', how: 'identityOffline_how' } as const

/** R5: who this is, and nothing else. It says so above the code and below it. */
export function IdentityPage() {
  const { model, t, say } = useView()
  const access = useAccess()
  const identity = access.identity.value
  const session = model.session.value.kind
  const code = identity.kind === 'code' ? identity : undefined
  const digits = code?.digits
  useLayoutEffect(() => access.showIdentity(), [access])
  const bars = useMemo(() => digits && barcodeCells(digits), [digits])
  const qr = useMemo(() => digits && qrCells(drawQr(digits)), [digits])

  const serial = code?.serial
  const told = useRef(serial)
  useEffect(() => {
    if (serial === undefined) return
    if (told.current !== undefined && told.current !== serial) say(t('identityRefreshed'))
    told.current = serial
  }, [serial])

  const away = (session === 'lost' || session === 'signed_out') && !code
  const bone = code ? '' : ' bone'
  return (
    <Ground kind="identity">
      <PageBar title={t('identityTitle')} />
      <div class="ticket" part="panel">
        <p class="identity-only">
          <Icon d={accessIcons.identity} />
          {t('identityOnly')}
        </p>
        {away ? (
          <SessionNotice />
        ) : identity.kind === 'blocked' ? (
          <AccessBlocked
            problem={identity.problem}
            offline={offline}
            retry={access.refreshIdentity}
          />
        ) : (
          <>
            <div class="paper" part="code" aria-busy={!code}>
              <div class={`bars${bone}`}>
                {bars && (
                  <CodeCanvas cells={bars} columns={BARCODE_MODULES} label={t('identityBars')} />
                )}
              </div>
              <div class={`qr${bone}`}>
                {qr && (
                  <CodeCanvas cells={qr} columns={QR_MODULES} square label={t('identityQr')} />
                )}
              </div>
            </div>
            <TearLine
              shown={code && { from: code.drawnAt, until: code.refreshAt, serial: code.serial }}
            />
            <div class="foot">
              <p>{t('identityFresh')}</p>
              <button
                type="button"
                class="plain refresh"
                part="refresh"
                disabled={!code}
                onClick={() => access.refreshIdentity()}
              >
                <Icon d={icons.refresh} />
                {t('refresh')}
              </button>
            </div>
            <div class="slip identity-slip">
              <p>{t('identityWhat')}</p>
            </div>
          </>
        )}
      </div>
    </Ground>
  )
}
