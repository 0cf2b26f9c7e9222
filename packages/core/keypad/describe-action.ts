import type { ApprovalAction } from '@campus-ecode/protocol/approvals'
import type { KeypadPage } from '@campus-ecode/protocol/keypad'
import { formatYuan } from '@campus-ecode/protocol/money'
import { element } from './element.ts'
import type { Strings } from './strings.ts'

/** What the password is asked for, as the person must see it: read from the text that is sealed with it. */
export function describeAction(page: KeypadPage, t: Strings): HTMLElement {
  const action: ApprovalAction = JSON.parse(page.action)
  const { card, payment, deviceLabel } = page
  const shown = element('section', { class: 'action' }, element('h1', {}, t[action.kind]))
  const add = (className: string, text: string) =>
    shown.append(element('p', { class: className }, text))
  if ('amountFen' in action) {
    add('amount', formatYuan(action.amountFen))
    if (card) add('with', (action.kind === 'top_up' ? t.from : t.to)(card.bankName, card.tail))
  } else if ('singleFen' in action) {
    const line = (name: string, fen: number) =>
      element('div', {}, element('dt', {}, name), element('dd', {}, formatYuan(fen)))
    shown.append(
      element('dl', {}, line(t.single, action.singleFen), line(t.daily, action.dailyFen)),
    )
  } else if (card) {
    add('with', t.card(card.bankName, card.tail))
  }
  if (payment) {
    add('amount', formatYuan(payment.amountFen))
    add('with', payment.merchant)
  }
  if (deviceLabel) add('with', deviceLabel)
  return shown
}
