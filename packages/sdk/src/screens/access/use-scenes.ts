import type { AccessContext } from '@campus-ecode/protocol/access'
import { useView } from '../view.ts'
import { useAccess } from './use-access.ts'

/** What a code may be shown for at this moment. */
export function useScenes(): readonly AccessContext[] {
  const { model } = useView()
  const contexts = useAccess().overview.value.value?.contexts ?? []
  const now = model.now()
  return contexts.filter(({ endsAt }) => endsAt === null || Date.parse(endsAt) > now)
}
