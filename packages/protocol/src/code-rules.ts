// The defaults behind device codes that are neither format nor clock: what the core enforces and
// what the phone tells its owner. Source: docs/codes.md, "Grants", "Guessing", "Without contact".

/** A signed contact this long after the last one brings a new grant; without one, caps apply. */
export const CONTACT_SECONDS = 600
/** A grant carries aliases for this many epochs: 14 days. */
export const GRANT_EPOCHS = 84
/** After 14 days without contact a phone shows no device codes. */
export const GRANT_LIFETIME_SECONDS = 1_209_600
/** The previous grant ends this long after the new one is acknowledged or first used. */
export const PREVIOUS_GRANT_SECONDS = 60

/** Caps of device codes without recent contact (R21). */
export const NO_CONTACT_SINGLE_FEN_MAX = 10_000
export const NO_CONTACT_DAY_FEN_MAX = 30_000
export const NO_CONTACT_DAY_COUNT_MAX = 5

/** Wrong one-time parts on one alias in an epoch until its device codes are off. */
export const ALIAS_WRONG_MAX = 5
/** Bad codes in a row until a terminal is paused. */
export const TERMINAL_BAD_IN_A_ROW_MAX = 3
export const TERMINAL_PAUSE_SECONDS = 5
/** Bad codes within the window until a terminal is locked with an alarm. */
export const TERMINAL_BAD_IN_WINDOW_MAX = 10
export const TERMINAL_BAD_WINDOW_SECONDS = 300
/** A locked terminal opens by itself: a till must not need a visit because of a prankster. */
export const TERMINAL_LOCK_SECONDS = 900
/** Bad codes at one school in a day that raise an alarm. */
export const SCHOOL_BAD_PER_DAY_ALARM = 2_000
