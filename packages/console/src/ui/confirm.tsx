import type { StaffRouteName } from '@campus-ecode/protocol/staff-api'
import type { ComponentChildren } from 'preact'
import type { Said as SaidTo } from '../api.ts'
import { Dialog, ReasonForm, Said } from './parts.tsx'
import { useSend } from './use-load.ts'

/** Something that is done to somebody or something, once a reason is given. */
export function Confirm<N extends StaffRouteName>({
  route,
  said,
  title,
  text,
  danger = false,
  onClose,
  onDone,
}: {
  route: N
  said: (reason: string) => SaidTo<N>
  title: string
  text: ComponentChildren
  danger?: boolean
  onClose: () => void
  onDone: () => void
}) {
  const { send, busy, problem } = useSend(route)
  return (
    <Dialog title={title} onClose={onClose}>
      {text && <div class="stack">{text}</div>}
      <ReasonForm
        busy={busy}
        danger={danger}
        action={title}
        onCancel={onClose}
        onReason={async (reason) => {
          if (await send(said(reason))) onDone()
        }}
      >
        <Said problem={problem} />
      </ReasonForm>
    </Dialog>
  )
}
