import { formatYuan } from '@campus-ecode/protocol/money'
import { useView } from '../view.ts'
import type { Explanation, Remedy } from './explain.ts'

/** An explanation in the person's language, with its button ready to press. */
export function useExplanation({ title, how, words, remedy }: Explanation): {
  title: string
  how: string
  button: { label: string; press(): void } | undefined
  /** Beside a button that leads elsewhere: on with the next code. */
  stay: { label: string; press(): void } | undefined
} {
  const { t, locale, model, go } = useView()
  const press = (chosen: Remedy) => {
    switch (chosen.act) {
      case 'switch':
        model.chooseAccount(chosen.account)
        break
      case 'wallet':
        return go(chosen.page ? { name: 'in_wallet', page: chosen.page } : { name: 'wallet' })
      case 'card':
        return go({ name: 'card' })
      case 'retry':
        void model.refresh()
        return model.refreshCode()
    }
    // Out of the result, if there is one, and on to the next code.
    model.nextCode()
  }
  const balance =
    remedy?.act === 'switch' && remedy.balanceFen !== null ? formatYuan(remedy.balanceFen) : ''
  return {
    title: typeof title === 'string' ? t(title, words) : title[locale],
    how: how ? t(how, words) : '',
    button: remedy && {
      label: t(remedy.label, { balance }).trim(),
      press: () => press(remedy),
    },
    stay:
      remedy?.act === 'wallet'
        ? { label: t(remedy.stay ?? 'doBack'), press: () => model.nextCode() }
        : undefined,
  }
}
