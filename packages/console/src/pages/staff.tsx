import { type StaffAccount, type StaffRole, staffRoles } from '@campus-ecode/protocol/staff'
import { useState } from 'preact/hooks'
import { at, newId } from '../format.ts'
import { Await, Dialog, Field, Head, ReasonForm, Said, Table, Tag } from '../ui/parts.tsx'
import { useHere } from '../ui/session.ts'
import { useLoad, useSend } from '../ui/use-load.ts'

type Asking =
  | { kind: 'add' }
  | { kind: 'roles' | 'recover'; account: StaffAccount }
  | { kind: 'code'; setUpCode: string; name: string }

/** Who works here, and as what. */
export function Staff() {
  const { self, t } = useHere()
  const staff = useLoad('getStaff', {})
  const change = useSend('changeStaff')
  const [asking, setAsking] = useState<Asking>()
  const close = () => setAsking(undefined)
  const changed = async (staffId: string, body: { roles?: StaffRole[]; off?: boolean }) => {
    if (!(await change.send({ params: { staffId }, body }))) return
    close()
    await staff.reload()
  }
  const showCode = async (name: string, setUpCode: string) => {
    setAsking({ kind: 'code', name, setUpCode })
    await staff.reload()
  }
  return (
    <>
      <Head title={t.staff.title} text={t.staff.text}>
        <button type="button" class="button" onClick={() => setAsking({ kind: 'add' })}>
          {t.staff.add}
        </button>
      </Head>
      <div class="stack">
        <Said problem={change.problem} />
        <Await of={staff}>
          {({ accounts }) => (
            <Table
              caption={t.staff.title}
              rows={accounts}
              keyOf={({ staffId }) => staffId}
              none={t.none}
              columns={[
                {
                  label: t.staff.displayName,
                  cell: (row) => (
                    <>
                      <strong>{row.displayName}</strong>
                      <span class="soft small mono">{row.name}</span>
                    </>
                  ),
                },
                {
                  label: t.staff.roles,
                  cell: ({ roles }) => roles.map((role) => t.roles[role]).join(t.comma),
                },
                {
                  label: t.staff.state,
                  cell: ({ state }) => (
                    <Tag tone={state === 'active' ? 'good' : state === 'waiting' ? 'warn' : ''}>
                      {t.staff[state]}
                    </Tag>
                  ),
                },
                {
                  label: t.staff.lastSignIn,
                  cell: ({ lastSignInAt }) => (lastSignInAt ? at(lastSignInAt) : t.staff.never),
                },
                {
                  label: '',
                  end: true,
                  cell: (account) =>
                    account.staffId === self.staffId ? (
                      <span class="soft">{t.staff.you}</span>
                    ) : (
                      <div class="actions">
                        {account.state !== 'off' && (
                          <>
                            <button
                              type="button"
                              class="button plain slim"
                              onClick={() => setAsking({ kind: 'roles', account })}
                            >
                              {t.staff.change}
                            </button>
                            <button
                              type="button"
                              class="button plain slim"
                              onClick={() => setAsking({ kind: 'recover', account })}
                            >
                              {t.staff.recover}
                            </button>
                          </>
                        )}
                        <button
                          type="button"
                          class="button plain slim"
                          disabled={change.busy}
                          onClick={() => changed(account.staffId, { off: account.state !== 'off' })}
                        >
                          {account.state === 'off' ? t.staff.switchOn : t.staff.switchOff}
                        </button>
                      </div>
                    ),
                },
              ]}
            />
          )}
        </Await>
      </div>
      {asking?.kind === 'add' && <AddDialog onClose={close} onCode={showCode} />}
      {asking?.kind === 'roles' && (
        <Dialog title={`${t.staff.change} ${asking.account.displayName}`} onClose={close}>
          <form
            onSubmit={(event) => {
              event.preventDefault()
              const roles = rolesOf(event.currentTarget)
              if (roles.length > 0) void changed(asking.account.staffId, { roles })
            }}
          >
            <Roles chosen={asking.account.roles} />
            <div class="actions">
              <button type="button" class="button plain" onClick={close}>
                {t.cancel}
              </button>
              <button type="submit" class="button" disabled={change.busy}>
                {t.staff.save}
              </button>
            </div>
          </form>
        </Dialog>
      )}
      {asking?.kind === 'recover' && (
        <RecoverDialog account={asking.account} onClose={close} onCode={showCode} />
      )}
      {asking?.kind === 'code' && (
        <CodeDialog name={asking.name} setUpCode={asking.setUpCode} onClose={close} />
      )}
    </>
  )
}

function Roles({ chosen }: { chosen: readonly StaffRole[] }) {
  const { t } = useHere()
  return (
    <fieldset>
      <legend>{t.staff.roles}</legend>
      {staffRoles.map((role) => (
        <label class="check" key={role}>
          <input type="checkbox" name="roles" value={role} defaultChecked={chosen.includes(role)} />
          <span>
            {t.roles[role]} <span class="soft small">{t.rolesMean[role]}</span>
          </span>
        </label>
      ))}
    </fieldset>
  )
}

const rolesOf = (form: HTMLFormElement) => new FormData(form).getAll('roles') as StaffRole[]

function AddDialog({
  onClose,
  onCode,
}: {
  onClose: () => void
  onCode: (name: string, setUpCode: string) => void
}) {
  const { t } = useHere()
  const { send, busy, problem } = useSend('addStaff')
  const [staffId] = useState(newId)
  return (
    <Dialog title={t.staff.add} onClose={onClose}>
      <form
        onSubmit={async (event) => {
          event.preventDefault()
          const form = event.currentTarget
          const said = new FormData(form)
          const name = String(said.get('name'))
          const displayName = String(said.get('displayName'))
          const roles = rolesOf(form)
          if (roles.length === 0) return
          const answer = await send({ body: { staffId, name, displayName, roles } })
          if (answer) onCode(name, answer.setUpCode)
        }}
      >
        <Field label={t.staff.displayName} name="displayName" required maxLength={40} />
        <Field
          label={t.staff.name}
          hint={t.staff.nameHint}
          name="name"
          required
          pattern="[a-z0-9][a-z0-9._\-]{1,31}"
          autocapitalize="none"
          autocomplete="off"
        />
        <Roles chosen={[]} />
        <Said problem={problem} />
        <div class="actions">
          <button type="button" class="button plain" onClick={onClose}>
            {t.cancel}
          </button>
          <button type="submit" class="button" disabled={busy}>
            {t.staff.add}
          </button>
        </div>
      </form>
    </Dialog>
  )
}

function RecoverDialog({
  account,
  onClose,
  onCode,
}: {
  account: StaffAccount
  onClose: () => void
  onCode: (name: string, setUpCode: string) => void
}) {
  const { t } = useHere()
  const { send, busy, problem } = useSend('recoverStaff')
  return (
    <Dialog title={t.staff.recover} onClose={onClose}>
      <p>{t.staff.recoverSure(account.displayName)}</p>
      <ReasonForm
        busy={busy}
        danger
        action={t.staff.recover}
        onCancel={onClose}
        onReason={async (reason) => {
          const answer = await send({ params: { staffId: account.staffId }, body: { reason } })
          if (answer) onCode(account.name, answer.setUpCode)
        }}
      >
        <Said problem={problem} />
      </ReasonForm>
    </Dialog>
  )
}

function CodeDialog({
  name,
  setUpCode,
  onClose,
}: {
  name: string
  setUpCode: string
  onClose: () => void
}) {
  const { t } = useHere()
  const [copied, setCopied] = useState(false)
  const link = `${location.origin}/#/set-up/${setUpCode}`
  return (
    <Dialog title={`${t.staff.setUpLink} ${name}`} onClose={onClose}>
      <p>{t.staff.code}</p>
      <p class="mono">{link}</p>
      <div class="actions">
        <button
          type="button"
          class="button plain"
          onClick={async () => {
            await navigator.clipboard.writeText(link)
            setCopied(true)
          }}
        >
          {copied ? t.copied : t.copy}
        </button>
        <button type="button" class="button" onClick={onClose}>
          {t.close}
        </button>
      </div>
    </Dialog>
  )
}
