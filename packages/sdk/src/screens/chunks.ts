import type { DrawQr } from '../qr.ts'
import type { AccessStrings, EnglishStrings, WalletStrings } from '../strings/zh-cn.ts'
import type { AccessScreens } from './access/access-screens.ts'
import type { More } from './more.tsx'
import type { WalletScreens } from './wallet/wallet-screens.ts'

/**
 * What the screens fetch only when asked: the first code needs none of it. Asked for again after a
 * failure, so a failed promise must not be kept.
 */
export interface Chunks {
  /**
   * `screens/more.tsx`: asked for once a code is drawn, or at once if another screen opens first.
   * Settles when `styles/more.css` also applies in this shadow root.
   */
  more(): Promise<More>
  /** `qr.ts`: asked for at once, while the session is opened. */
  qr(): Promise<DrawQr>
  /** `strings/en.ts`. */
  english(): Promise<EnglishStrings>
  /** `wallet.ts`: asked for by what `more` brings, so only ever after it. Then `Model.wallet` is there. */
  wallet(): Promise<WalletScreens>
  /** `strings/en-wallet.ts`. */
  englishWallet(): Promise<WalletStrings>
  /** `access.ts`, likewise. Then `Model.access` is there. */
  access(): Promise<AccessScreens>
  /** `strings/en-access.ts`. */
  englishAccess(): Promise<AccessStrings>
}
