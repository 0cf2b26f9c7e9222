import type { WaysModel } from '../../ways-model.ts'
import { useView } from '../view.ts'

/** The other ways' side of the model; their screens are only drawn once it is there. */
export function useWays(): WaysModel {
  const { model } = useView()
  const { value } = model.ways
  if (!value) throw new Error('A screen of the other ways to pay was drawn without them')
  return value
}
