import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { ShownProblem } from '../../model.ts'
import type { StringKey } from '../../strings/zh-cn.ts'
import type { BindingDetails } from '../../wallet-model.ts'
import { Field } from '../field.tsx'
import { useTask } from '../use-task.ts'
import { useView } from '../view.ts'
import { ConsentBox } from './consent-box.tsx'
import { caretAfter, groupFours, onlyDigits } from './group-digits.ts'
import { useWallet } from './use-wallet.ts'
import { useWalletWords, WalletProblem } from './wallet-problem.tsx'

type Name = keyof BindingDetails
type Wrong = { [name in Name | 'consent' | 'face']?: StringKey | undefined }
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
  const { t, say, locale } = useView()
  const wallet = useWallet()
  const task = useTask()
  const [typed, setTyped] = useState(empty)
  const [agreed, setAgreed] = useState(false)
  const [faceAgreed, setFaceAgreed] = useState(false)
  const [wrong, setWrong] = useState<Wrong>({})
  const [refused, setRefused] = useState<ShownProblem>()
  const form = useRef<HTMLFormElement>(null)
  const card = useRef<HTMLInputElement>(null)
  const caret = useRef<number | undefined>(undefined)
  const elsewhere = useWalletWords(refused ?? { code: 'INTERNAL' }).title
  const placed = refused && places[refused.code]
  const needsFace = wallet.wallet.value.value?.needsFace ?? false

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
    const found = check(details, agreed, faceAgreed || !needsFace)
    setWrong(found)
    if (Object.keys(found).length) {
      const [first] = Object.values(found)
      if (first) say(t(first))
      return
    }
    setRefused(undefined)
    task.run(
      () => wallet.startBinding(details, ...(needsFace ? [{ locale }] : [])),
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
      {needsFace && <p class="remark face-next">{t('faceIntro')}</p>}
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
      <ConsentBox
        name="consent"
        label="bindConsent"
        what="bindConsentWhat"
        help="bindConsentHelp"
        checked={agreed}
        wrong={wrong.consent}
        onChange={(checked) => {
          setAgreed(checked)
          setWrong({ ...wrong, consent: undefined })
        }}
      />
      {needsFace && (
        <ConsentBox
          name="face"
          label="faceConsent"
          what="faceConsentWhat"
          help="faceConsentHelp"
          checked={faceAgreed}
          wrong={wrong.face}
          onChange={(checked) => {
            setFaceAgreed(checked)
            setWrong({ ...wrong, face: undefined })
          }}
        />
      )}
      {refused && !placed && !task.busy && <WalletProblem problem={refused} />}
      <button type="submit" class="button" part="button" disabled={task.busy}>
        {t(task.busy ? 'bindChecking' : 'bindNext')}
      </button>
    </form>
  )
}

function check(
  { name, idNumber, cardNo, phone }: BindingDetails,
  agreed: boolean,
  faceAgreed: boolean,
): Wrong {
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
    ...(!faceAgreed && { face: 'faceConsentMissing' }),
  }
}
