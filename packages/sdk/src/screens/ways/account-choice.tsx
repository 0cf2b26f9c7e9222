import type { Account } from '@campus-ecode/protocol/shapes'
import { useState } from 'preact/hooks'
import { AccountSwitch } from '../pay/account-switch.tsx'
import { useView } from '../view.ts'

/** Which account pays this once; the person's usual one stays what it is. */
export function useAccountChoice(): {
  account: Account
  choice: preact.JSX.Element
  /** False while it is not known which account is usual. */
  isKnown: boolean
} {
  const { model } = useView()
  const [chosen, setChosen] = useState<Account>()
  const { value: accounts, problem } = model.accounts.value
  const open = (name: Account | undefined) =>
    accounts?.accounts.some(({ account, status }) => account === name && status === 'open')
  const usual = accounts?.defaultAccount ?? 'wallet'
  const other = usual === 'wallet' ? 'one_card' : 'wallet'
  const account = chosen ?? (!open(usual) && open(other) ? other : usual)
  const isKnown = accounts !== undefined || problem !== undefined
  return { account, isKnown, choice: <AccountSwitch chosen={account} onChoose={setChosen} /> }
}
