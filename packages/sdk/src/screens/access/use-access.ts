import type { AccessModel } from '../../access-model.ts'
import { useView } from '../view.ts'

/** Access's side of the model; its screens are only drawn once it is there. */
export function useAccess(): AccessModel {
  const { model } = useView()
  const { value } = model.access
  if (!value) throw new Error('An access screen was drawn without access')
  return value
}
