import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { ShownProblem } from '../../model.ts'
import type { StringKey } from '../../strings/zh-cn.ts'
import type { BindingDetails } from '../../wallet-model.ts'
import { useView } from '../view.ts'
import { Field } from './field.tsx'
import { caretAfter, groupFours, onlyDigits } from './group-digits.ts'
import { useTask, useWallet } from './use-wallet.ts'
import { useWalletWords, WalletProblem } from './wallet-problem.tsx'

type Name = keyof BindingDetails
type Wrong = { [name in Name | 'consent']?: StringKey | undefined }
const empty: BindingDetails = { name: '', idNumber: '', cardNo: '', phone: '' }

/** The field group that differs from the bank's record (R9). */
const places: Partial<Record<string, readonly Name[]>> = {
  BINDING_HOLDER_MISMATCH: ['name', 'idNumber'],
  BINDING_CARD_MISMATCH: ['cardNo'],
  BINDING_NOT_OWN_CARD: ['name'],
  BANK_NOT_SUPPORTED: ['cardNo'],
  BANK_CARD_CLOSED: ['cardNo'],
  CARD_ALREADY_BOUND: ['cardNo'],
  BINDING_PHONE_MISMATCH: ['phone'],
}

/** What the bank compares; nothing of it outlives the page. */
export function BindForm() {
  const { t, say } = useView()
  const wallet = useWallet()
  const task = useTask()
  const [typed, setTyped] = useState(empty)
  const [agreed, setAgreed] = useState(false)
  const [wrong, setWrong] = useState<Wrong>({})
  const [refused, setRefused] = useState<ShownProblem>()
  const form = useRef<HTMLFormElement>(null)
  const card = useRef<HTMLInputElement>(null)
  const caret = useRef<number | undefined>(undefined)
  const elsewhere = useWalletWords(refused ?? { code: 'INTERNAL' }).title
  const placed = refused && places[refused.code]

  useEffect(() => setRefused(task.problem), [task.problem])
  useEffect(() => {
    if (refused && placed) say(elsewhere)
  }, [refused])
  useEffect(() => {
    form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus()
  }, [wrong, refused])
  useLayoutEffect(() => {
    if (caret.current === undefined) return
    card.current?.setSelectionRange(caret.current, caret.current)
    caret.current = undefined
  }, [typed.cardNo])

  const put = (name: Name, value: string) => {
    setTyped({ ...typed, [name]: value })
    setWrong({ ...wrong, [name]: undefined })
    if (placed?.includes(name)) setRefused(undefined)
  }
  const complaint = (name: Name): string | undefined => {
    const own = wrong[name]
    if (own) return t(own)
    // Said once, at the first field of the group.
    return placed?.[0] === name ? elsewhere : undefined
  }
  const submit = () => {
    const details: BindingDetails = {
      name: typed.name.trim(),
      idNumber: typed.idNumber.replace(/\s/g, '').toUpperCase(),
      cardNo: onlyDigits(typed.cardNo),
      phone: onlyDigits(typed.phone),
    }
    const found = check(details, agreed)
    setWrong(found)
    if (Object.keys(found).length) {
      const [first] = Object.values(found)
      if (first) say(t(first))
      return
    }
    setRefused(undefined)
    task.run(
      () => wallet.startBinding(details),
      () => setTyped(empty),
    )
  }

  return (
    <form
      ref={form}
      class="panel form"
      noValidate
      autoComplete="off"
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <p class="form-intro">{t('bindIntro')}</p>
      <Field
        name="name"
        label="bindName"
        what="bindNameWhat"
        help="bindNameHelp"
        wrong={complaint('name')}
        input={{
          value: typed.name,
          maxLength: 60,
          autoComplete: 'name',
          onInput: (event) => put('name', event.currentTarget.value),
        }}
      />
      <Field
        name="id"
        label="bindId"
        what="bindIdWhat"
        help="bindIdHelp"
        wrong={complaint('idNumber')}
        input={{
          value: typed.idNumber,
          maxLength: 24,
          autoCapitalize: 'characters',
          spellcheck: false,
          onInput: (event) => put('idNumber', event.currentTarget.value),
        }}
      />
      <Field
        name="card"
        label="bindCard"
        what="bindCardWhat"
        help="bindCardHelp"
        wrong={complaint('cardNo')}
        inputRef={card}
        input={{
          value: typed.cardNo,
          inputMode: 'numeric',
          autoComplete: 'off',
          onInput: (event) => {
            const { value, selectionStart } = event.currentTarget
            const grouped = groupFours(value)
            const before = onlyDigits(value.slice(0, selectionStart ?? value.length)).length
            caret.current = caretAfter(grouped, before)
            // Also where nothing changes for us, as when a letter was typed.
            event.currentTarget.value = grouped
            put('cardNo', grouped)
          },
        }}
      />
      <Field
        name="phone"
        label="bindPhone"
        what="bindPhoneWhat"
        help="bindPhoneHelp"
        wrong={complaint('phone')}
        input={{
          value: typed.phone,
          inputMode: 'tel',
          autoComplete: 'tel',
          maxLength: 20,
          onInput: (event) => put('phone', event.currentTarget.value),
        }}
      />
      <label class="consent">
        <input
          type="checkbox"
          checked={agreed}
          aria-invalid={wrong.consent !== undefined}
          aria-describedby={wrong.consent && 'consent-wrong'}
          onChange={(event) => {
            setAgreed(event.currentTarget.checked)
            setWrong({ ...wrong, consent: undefined })
          }}
        />
        <span>{t('bindConsent')}</span>
      </label>
      {wrong.consent && (
        <p class="wrong" id="consent-wrong">
          {t(wrong.consent)}
        </p>
      )}
      <details>
        <summary>{t('bindConsentWhat')}</summary>
        <p>{t('bindConsentHelp')}</p>
      </details>
      {refused && !placed && !task.busy && <WalletProblem problem={refused} />}
      <button type="submit" class="button" part="button" disabled={task.busy}>
        {t(task.busy ? 'bindChecking' : 'bindNext')}
      </button>
    </form>
  )
}

function check({ name, idNumber, cardNo, phone }: BindingDetails, agreed: boolean): Wrong {
  return {
    ...(!name && { name: 'bindMissing' }),
    ...(!idNumber
      ? { idNumber: 'bindMissing' }
      : !/^[0-9A-Z]{5,18}$/.test(idNumber) && { idNumber: 'bindIdWrong' }),
    ...(!cardNo
      ? { cardNo: 'bindMissing' }
      : !/^\d{12,19}$/.test(cardNo) && { cardNo: 'bindCardWrong' }),
    ...(!phone
      ? { phone: 'bindMissing' }
      : !/^\d{6,15}$/.test(phone) && { phone: 'bindPhoneWrong' }),
    ...(!agreed && { consent: 'bindConsentMissing' }),
  }
}
