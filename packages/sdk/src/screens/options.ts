import type { HostBridge } from '../host/host-bridge.ts'
import type { AllStrings } from '../strings/zh-cn.ts'

/** The screens there are, in the order of their tabs. */
export const screenNames = ['card', 'pay', 'access', 'wallet'] as const
export type ScreenName = (typeof screenNames)[number]

export type Locale = 'zh-CN' | 'en'

export interface Theme {
  /** Any CSS colour. Otherwise `--ecode-accent` of the page's CSS, the school's colour, then ours. */
  accent?: string
  /** Default `auto`: as the system has it. */
  scheme?: 'auto' | 'light' | 'dark'
  /** 关怀模式: type × 1.25 and targets of at least 48 px. */
  care?: boolean
}

/** Which screen stands there first. */
export function firstScreen({ screen, screens }: ViewOptions): ScreenName {
  return screen ?? screens?.[0] ?? 'card'
}

/** The part of the widget's options that the screens read. */
export interface ViewOptions {
  /** The screen shown first; without `screens` it is the only one, and there are no tabs. */
  screen?: ScreenName
  /** Which tabs there are; one means no tabs. Default all. */
  screens?: readonly ScreenName[]
  /** Default `zh-CN`. */
  locale?: Locale
  theme?: Theme
  /** What the page's own app can do, spoken to by the page. Default: what the widget finds (docs/host-bridge.md). */
  host?: HostBridge
  /** Replaces any of our texts, in whatever language the page shows. */
  texts?: Partial<AllStrings>
}
