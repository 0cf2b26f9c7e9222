import type { WalletModel } from '../../wallet-model.ts'
import { useView } from '../view.ts'

/** The wallet's side of the model; its screens are only drawn once it is there. */
export function useWallet(): WalletModel {
  const { model } = useView()
  const { value } = model.wallet
  if (!value) throw new Error('A wallet screen was drawn without the wallet')
  return value
}
