import type { StaffSelf } from '@campus-ecode/protocol/staff'
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Locale, Strings } from '../strings/strings.ts'

/** Who is at the page, and in which words. */
export interface Here {
  self: StaffSelf
  t: Strings
  locale: Locale
}

export const HereContext = createContext<Here | undefined>(undefined)

/** Within the frame somebody is signed in. */
export function useHere(): Here {
  const here = useContext(HereContext)
  if (!here) throw new Error('nobody is signed in')
  return here
}
