import { type AccessRefusal, accessRefusals } from '@campus-ecode/protocol/access-refusals'
import type { StringKey } from '../../strings/zh-cn.ts'
import { zhCnAccess } from '../../strings/zh-cn-access.ts'
import { useView } from '../view.ts'

/** Refusals that have nothing to do with this person or this phone. */
const THEIRS: readonly AccessRefusal[] = ['KEYS_EXPIRED', 'KEY_UNKNOWN', 'LIST_STALE']

/** Why a gate stayed shut, in the gate's own sentence, and what to do. */
export function useRefusalWords(refusal: AccessRefusal | null | undefined): {
  why: string
  how: string
} {
  const { t, locale } = useView()
  if (!refusal || !(refusal in accessRefusals)) return { why: t('gateRefused'), how: t('gateHow') }
  const [zh, en] = accessRefusals[refusal]
  const own = THEIRS.includes(refusal) ? 'gateHow_THEIRS' : `gateHow_${refusal}`
  const key = own in zhCnAccess ? (own as StringKey) : 'gateHow'
  return { why: locale === 'en' ? en : zh, how: t(key) }
}
