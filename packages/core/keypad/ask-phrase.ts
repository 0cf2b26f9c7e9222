import { element } from './element.ts'
import type { Strings } from './strings.ts'

const CHARACTERS_MAX = 20

/** Asks for the words by which the person will know this page (R16). */
export function askPhrase(into: HTMLElement, t: Strings, onCancel: () => void): Promise<string> {
  return new Promise((resolve) => {
    const field = element('input', {
      type: 'text',
      id: 'phrase',
      autocomplete: 'off',
      enterkeyhint: 'next',
      // Twenty characters may be twice as many of JavaScript's.
      maxlength: String(2 * CHARACTERS_MAX),
    })
    const next = element('button', { type: 'submit', class: 'button' }, t.next)
    const read = () => field.value.trim()
    const isFine = () => read() !== '' && [...read()].length <= CHARACTERS_MAX
    const check = () => {
      next.disabled = !isFine()
    }
    field.addEventListener('input', check)
    check()
    const ideas = t.ideas.map((idea) => {
      const button = element('button', { type: 'button', class: 'idea' }, idea)
      button.addEventListener('click', () => {
        field.value = idea
        check()
        field.focus()
      })
      return element('li', {}, button)
    })
    const form = element(
      'form',
      { class: 'ask-phrase' },
      element('h1', {}, t.phraseTitle),
      element('p', { class: 'why' }, t.phraseWhy),
      element('label', { for: 'phrase' }, t.phraseField),
      field,
      element('p', { class: 'label', id: 'ideas' }, t.phraseIdeas),
      element('ul', { class: 'ideas', 'aria-labelledby': 'ideas' }, ...ideas),
      next,
      element('button', { type: 'button', class: 'button quiet', click: onCancel }, t.cancel),
    )
    form.addEventListener('submit', (event) => {
      event.preventDefault()
      if (isFine()) resolve(read())
    })
    into.append(form)
  })
}
