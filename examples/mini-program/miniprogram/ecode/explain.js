const { formatYuan } = require('../vendor/codes')
const { zh: known } = require('./words')

/** @typedef {import('./request').Sentences} Sentences */
/** @typedef {import('./words').Word} Word */
/** @typedef {import('@campus-ecode/protocol/shapes').Account} Account */
/** @typedef {import('@campus-ecode/protocol/accounts').Accounts} Accounts */
/**
 * What the one button does about it: `web` opens that screen of the widget.
 *
 * @typedef {{ act: 'new_code' | 'retry' | 'bind', label: string }
 *   | { act: 'switch', label: string, account: Account }
 *   | { act: 'web', label: string, query: Record<string, string> }} Remedy
 */
/** @typedef {{ title: string, how: string, remedy: Remedy, stay?: Remedy }} Explanation */

/**
 * Says what happened and finds the one thing that helps, as the widget does (R22): in our own words, else
 * in those that came with the answer.
 *
 * @param {string} code
 * @param {Sentences | undefined} sentences
 * @param {{
 *   accounts: Accounts | undefined,
 *   account: Account,
 *   amountFen?: number,
 *   locale: import('./words').Locale,
 *   t: ReturnType<typeof import('./words').createTranslate>,
 * }} situation `amountFen`: of the payment that failed; absent when there is only no code to show.
 * @returns {Explanation}
 */
function explain(code, sentences, situation) {
  const { accounts, locale, t } = situation
  /** @type {Record<string, string>} */
  const values = accounts
    ? {
        single: formatYuan(accounts.limits.singleFen),
        daily: formatYuan(accounts.limits.dailyFen),
        spent: formatYuan(accounts.limits.spentTodayFen),
      }
    : {}
  const how = `${code}_how`
  const helps = findRemedy(code, situation)
  if (code in known && how in known) {
    const [title, text] = /** @type {[Word, Word]} */ ([code, how])
    return { title: t(title, values), how: t(text, values), ...helps }
  }
  if (sentences) return { title: sentences[locale], how: '', ...helps }
  return { title: t('OTHER'), how: t('OTHER_how'), ...helps }
}

/**
 * @param {string} code
 * @param {Parameters<typeof explain>[2]} situation
 * @returns {{ remedy: Remedy, stay?: Remedy }}
 */
function findRemedy(code, { accounts, account, amountFen, t }) {
  const failed = amountFen !== undefined
  /** @type {Remedy} */
  const again = failed
    ? { act: 'new_code', label: t('doNewCode') }
    : { act: 'retry', label: t('doRetry') }
  /** @type {Remedy} */
  const back = { act: 'new_code', label: t('doBack') }
  const other = findOther(accounts, account, amountFen || 0, t)
  /** @param {Word} label @param {'wallet' | 'card'} screen */
  const open = (label, screen = 'wallet') => ({
    remedy: /** @type {Remedy} */ ({ act: 'web', label: t(label), query: { screen } }),
    ...(failed && { stay: back }),
  })
  switch (code) {
    case 'UNBOUND':
      return { remedy: { act: 'bind', label: t('doBind') } }
    case 'INSUFFICIENT_FUNDS':
      return other ? { remedy: other } : open('doTopUp')
    case 'BANK_DECLINED':
    case 'BANK_UNAVAILABLE':
    case 'ONE_CARD_UNAVAILABLE':
      return { remedy: other || (failed ? back : again) }
    case 'ACCOUNT_NOT_OPEN':
      return account === 'one_card' && other ? { remedy: other } : open('doOpenWallet')
    case 'OVER_SINGLE_LIMIT':
    case 'OVER_DAILY_LIMIT':
      return open('doLimits')
    case 'PASSWORD_REQUIRED':
      // The next code hides its digits again, which is enough for a small amount.
      return { ...open('doPassword'), stay: { act: 'new_code', label: t('doHideDigits') } }
    case 'AGREEMENT_MISSING':
      return open('doAgreement')
    case 'FACE_CONSENT_MISSING':
      return open('doFace')
    case 'MERCHANT_NOT_ACCEPTING':
    case 'CODE_IDENTITY_ONLY':
      return { remedy: back }
    case 'CARD_NOT_CLAIMED':
      return open('doClaim', 'card')
    case 'CARD_LOCKED':
      return open('doUnlock')
    case 'CARD_CLOSED':
      return open('doCard', 'card')
    default:
      return { remedy: again }
  }
}

/**
 * The other account, if it is open and holds enough.
 *
 * @param {Accounts | undefined} accounts
 * @param {Account} from
 * @param {number} amountFen
 * @param {Parameters<typeof explain>[2]['t']} t
 * @returns {Remedy | undefined}
 */
function findOther(accounts, from, amountFen, t) {
  const state = accounts?.accounts.find((each) => each.account !== from && each.status === 'open')
  if (!state || (state.balanceFen !== null && state.balanceFen < amountFen)) return undefined
  const balance = state.balanceFen === null ? '' : formatYuan(state.balanceFen)
  const label = t(state.account === 'wallet' ? 'doWallet' : 'doOneCard', { balance })
  return { act: 'switch', label: label.trim(), account: state.account }
}

module.exports = { explain }
