import type { PayToken } from '@campus-ecode/protocol/payments'
import { both, find, make } from './find.ts'
import { tillApi } from './till-api.ts'

/**
 * Waits for a card that is swiped, or a face: a reader types what it reads like a keyboard, and ends
 * with Enter. The text stands on no screen; it pays for as long as the card does.
 */
export function createSwipe({ onToken }: { onToken(token: PayToken): void }) {
  const box = find('swipe', HTMLFieldSetElement)
  const card = find('card', HTMLInputElement)
  const known = find('demo-tokens', HTMLDivElement)
  find('swipe-close', HTMLButtonElement).addEventListener('click', close)

  card.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') close()
    if (event.key !== 'Enter' || event.isComposing || !card.value) return
    take({ kind: 'card', value: card.value })
  })

  async function open() {
    box.hidden = false
    card.focus({ preventScroll: true })
    const tokens = await tillApi.listDemoTokens().catch(() => [])
    known.replaceChildren(
      ...tokens.map(({ name, token }) => {
        const words = token.kind === 'card' ? both('刷卡', 'Card') : both('刷脸', 'Face')
        const button = make('button', '', `${name} `, ...words)
        button.type = 'button'
        button.addEventListener('click', () => take(token))
        return button
      }),
    )
  }

  function take(token: PayToken) {
    close()
    onToken(token)
  }

  function close() {
    card.value = ''
    box.hidden = true
  }

  return { open, close }
}
