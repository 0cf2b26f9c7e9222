import type { Wallet } from '@campus-ecode/protocol/wallet'
import type { ComponentChildren } from 'preact'
import type { StringKey } from '../../strings/zh-cn.ts'
import { Icon } from '../icon.tsx'
import { moreIcons } from '../more-icon-paths.ts'
import { PageBar } from '../page-bar.tsx'
import { useView } from '../view.ts'
import { Unreached } from './unreached.tsx'
import { useWallet } from './use-wallet.ts'

/** A page of the wallet: its heading, and what it shows once the wallet is known. */
export function Page({
  title,
  fill = false,
  children,
}: {
  title: StringKey
  /** Down to the tabs, for what stands at the bottom. */
  fill?: boolean
  children: (wallet: Wallet) => ComponentChildren
}) {
  const { t } = useView()
  const { value } = useWallet().wallet.value
  return (
    <div class={fill ? 'page page-keys' : 'page'}>
      <PageBar title={t(title)} />
      {value ? children(value) : <Unreached />}
    </div>
  )
}

/** What has been reached: a tick, a sentence, one way on. */
export function Success({
  title,
  text,
  children,
}: {
  title: string
  text?: string | undefined
  children: ComponentChildren
}) {
  return (
    <div class="panel enrol">
      <span class="mark good">
        <Icon d={moreIcons.tick} />
      </span>
      <h2>{title}</h2>
      {text && <p>{text}</p>}
      {children}
    </div>
  )
}
