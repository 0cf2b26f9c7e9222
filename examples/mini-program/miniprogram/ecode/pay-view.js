const { formatYuan } = require('../vendor/codes')
const { explain } = require('./explain')

/** @typedef {import('./explain').Remedy} Remedy */
/** @typedef {import('./pay-code').PayState} PayState */
/** @typedef {import('@campus-ecode/protocol/shapes').Account} Account */
/** @typedef {import('@campus-ecode/protocol/accounts').Accounts} Accounts */
/** @typedef {import('@campus-ecode/protocol/bill').BillEntry} BillEntry */
/** @typedef {ReturnType<typeof import('./words').createTranslate>} Translate */
/** @typedef {{ locale: import('./words').Locale, t: Translate, accounts: Accounts | undefined }} View */
/**
 * @typedef {object} Outcome
 * @property {'paid' | 'refused' | 'asked' | 'waiting' | 'undone'} tone
 * @property {string} title
 * @property {string} amount Empty where nothing was charged.
 * @property {string} text
 * @property {string} remark
 * @property {string} advice
 * @property {{ label: string, value: string }[]} lines
 * @property {Remedy | undefined} remedy
 * @property {Remedy | undefined} stay
 * @property {string} support
 */

/**
 * Both accounts with what is in them (R7), and in words what the chosen one means (R13).
 *
 * @param {View} view
 * @param {Account | undefined} chosen
 */
function describeAccounts({ accounts, t }, chosen) {
  if (!accounts) return { accounts: [], charge: '' }
  const account = chosen || accounts.defaultAccount
  const card = accounts.fallbackCard
  const names = /** @type {Account[]} */ (['wallet', 'one_card'])
  return {
    accounts: names.map((name) => {
      const state = accounts.accounts.find((each) => each.account === name)
      const open = Boolean(state && state.status === 'open')
      const balanceFen = state && open ? state.balanceFen : null
      const missing = state && state.status !== 'open' ? t(state.status) : t('balanceUnknown')
      return {
        account: name,
        name: t(name),
        balance: balanceFen === null ? missing : formatYuan(balanceFen),
        open,
        chosen: name === account,
      }
    }),
    charge:
      account === 'one_card'
        ? t('chargeOneCard')
        : card
          ? t('chargeWalletThenCard', { bank: card.bankName, tail: card.tail })
          : t('chargeWallet'),
  }
}

/**
 * Why there is no code.
 *
 * @param {View} view
 * @param {Extract<PayState, { kind: 'blocked' }>} state
 */
function describeBlocked(view, { trouble, account }) {
  const { code, sentences, requestId } = trouble
  const known = explain(code, sentences, { ...view, account })
  return {
    ...known,
    support: code === 'UNBOUND' ? '' : [code, requestId].filter(Boolean).join(' '),
  }
}

/**
 * What became of the scan, in the code's place (R22).
 *
 * @param {View} view
 * @param {BillEntry} entry
 * @param {Account} account
 * @returns {Outcome}
 */
function describeResult(view, entry, account) {
  const { t } = view
  const { status, merchantName, amountFen, refusal } = entry
  const amount = formatYuan(amountFen)
  const text = merchantName ? t('paidTo', { merchant: merchantName }) : ''
  const nothing = { remark: '', advice: '', lines: [], stay: undefined, support: '' }
  /** @type {Remedy} */
  const back = { act: 'new_code', label: t('backToCode') }
  /** @type {Remedy} */
  const bill = { act: 'web', label: t('seeBill'), query: { screen: 'wallet' } }
  if (status === 'PAID') {
    return {
      ...nothing,
      tone: 'paid',
      title: t('paid'),
      amount,
      text,
      remark: describeFallback(view, entry),
      lines: describeReceipt(view, entry),
      remedy: { act: 'new_code', label: t('nextCode') },
    }
  }
  if (status === 'REFUSED') {
    const code = refusal ? refusal.code : 'INTERNAL'
    const sentences = refusal ? refusal.message : undefined
    const known = explain(code, sentences, { ...view, account, amountFen })
    return {
      tone: 'refused',
      title: known.title,
      amount: '',
      text: t('notCharged'),
      remark: '',
      advice: known.how,
      lines: merchantName
        ? [{ label: t('refusedAt', { merchant: merchantName, amount }), value: '' }]
        : [],
      remedy: known.remedy,
      stay: known.stay,
      support: [code, (entry.orderNo || '').slice(-4)].filter(Boolean).join(' '),
    }
  }
  if (status === 'AWAITING_PASSWORD') {
    return {
      ...nothing,
      tone: 'asked',
      title: t('payAsk'),
      amount,
      text,
      advice: t('payAskText'),
      remedy: { act: 'web', label: t('payAskDo'), query: { payment: entry.paymentId } },
    }
  }
  if (status === 'REVERSING' || status === 'REVERSED') {
    const [title, advice] =
      status === 'REVERSED'
        ? [t('reversed'), t('reversedText', { amount })]
        : [t('reversing'), t('reversingText')]
    return { ...nothing, tone: 'undone', title, amount, text, advice, remedy: back }
  }
  const [title, advice] =
    status === 'PROCESSING'
      ? [t('processing'), t('processingText')]
      : [t('unknown'), t('unknownText')]
  return { ...nothing, tone: 'waiting', title, amount, text, advice, remedy: back, stay: bill }
}

/**
 * List price, rule, what was charged (R4); with what; the end of the number that the till has, too.
 *
 * @param {View} view
 * @param {BillEntry} entry
 */
function describeReceipt({ locale, t, accounts }, entry) {
  const { listFen, rule, amountFen, orderNo } = entry
  const lines = []
  if (listFen !== null && rule) {
    const change = formatYuan(rule.changeFen)
    lines.push({ label: t('listPrice'), value: formatYuan(listFen) })
    const signed = rule.changeFen > 0 ? `+${change}` : change.replace('-', '−')
    lines.push({ label: rule.name[locale], value: signed })
    lines.push({ label: t('charged'), value: formatYuan(amountFen) })
  }
  lines.push({ label: t('payWith'), value: describeChannel(entry, accounts, t) })
  if (orderNo) lines.push({ label: t('orderTail'), value: orderNo.slice(-4) })
  return lines
}

/**
 * R13, said aloud: the wallet was short and the bank card paid the whole amount.
 *
 * @param {View} view
 * @param {BillEntry} entry
 */
function describeFallback({ accounts, t }, { channel, cardTail }) {
  if (channel !== 'bank_card' || !cardTail) return ''
  return t('paidByCard', { bank: findBank(accounts, cardTail, t), tail: cardTail })
}

/**
 * @param {BillEntry} entry
 * @param {Accounts | undefined} accounts
 * @param {Translate} t
 */
function describeChannel({ channel, cardTail }, accounts, t) {
  if (channel === 'wallet') return t('walletBalance')
  if (channel === 'one_card') return t('oneCardBalance')
  if (channel !== 'bank_card') return ''
  if (!cardTail) return t('bank_card')
  return t('bankCardTail', { bank: findBank(accounts, cardTail, t), tail: cardTail })
}

/**
 * @param {Accounts | undefined} accounts
 * @param {string} tail
 * @param {Translate} t
 */
function findBank(accounts, tail, t) {
  const card = accounts?.fallbackCard
  return card && card.tail === tail ? card.bankName : t('bank_card')
}

module.exports = { describeAccounts, describeBlocked, describeResult }
