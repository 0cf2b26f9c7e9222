import type { Strings } from './strings/zh-cn.ts'

/** A screen that a host may mount; with more than one the widget shows tabs. */
export type ScreenName = 'card' | 'pay'

export type Locale = 'zh-CN' | 'en'

/** Colours and shape. What is left out comes from the page's CSS, then from the school. */
export interface ThemeOptions {
  /** CSS colour, for example `#0b5cff`. */
  accent?: string
  /** Corner radius of panels, a CSS length. */
  radius?: string
  /** CSS font-family. */
  font?: string
  /** `auto` follows the system. */
  scheme?: 'auto' | 'light' | 'dark'
  /** Care mode: larger type and targets. */
  care?: boolean
}

/**
 * What `<App model={model} options={options} />` is drawn with: defaults filled in, words loaded.
 * `widget.tsx` makes it, and draws App again with a new one after `update()`.
 *
 * Theme never reaches App. It stands on the shadow host, for the style sheet alone:
 * - `data-scheme="light"` or `"dark"` (`auto` already resolved), `data-care` when care mode is on;
 * - `--ecode-accent`, `--ecode-radius`, `--ecode-font` when the host gave them, or its CSS did;
 * - `--ecode-school-accent` from the card, so: `var(--ecode-accent, var(--ecode-school-accent, …))`.
 */
export interface WidgetOptions {
  locale: Locale
  /**
   * Every word of the locale, with the school's own over ours. Chinese is bundled
   * (`strings/zh-cn.ts` exports `zhCn`), English is a part of its own (`strings/en.ts` exports `en`).
   */
  strings: Strings
  /** The screen to show first; a changed value after `update()` goes there. */
  screen: ScreenName
  /** At least one; tabs only when there are more. */
  screens: readonly ScreenName[]
  /** App calls it whenever another screen has come up, the first included. */
  onScreen(screen: ScreenName): void
}
