import type { DrawQr } from '../qr.ts'
import type { EnglishStrings } from '../strings/zh-cn.ts'
import type { Parts } from '../widget-part.ts'
import type { More } from './more.tsx'
import type { FetchedParts } from './view.ts'

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
  /** A part with screens and styles of its own; then its side of the model is there. See `with-part.tsx`. */
  open<K extends keyof FetchedParts>(part: K): Promise<FetchedParts[K]['screens']>
  /** Any other script: English texts, the reader of codes. */
  part<K extends keyof Parts>(name: K): Promise<Parts[K]>
}
