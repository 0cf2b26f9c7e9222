// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from 'vitest'
import { postForm } from './leave-page.ts'

afterEach(() => vi.restoreAllMocks())

test('a form carries the fields in its body, at top level, and leaves nothing behind', () => {
  let sent: unknown
  vi.spyOn(HTMLFormElement.prototype, 'submit').mockImplementation(function (
    this: HTMLFormElement,
  ) {
    const { method, action, target } = this
    sent = { method, action, target, fields: [...new FormData(this)], here: this.isConnected }
  })
  postForm('https://lib.school.test/login?from=card', { ticket: 'ST-1' })
  expect(sent).toEqual({
    method: 'post',
    action: 'https://lib.school.test/login?from=card',
    target: '_top',
    fields: [['ticket', 'ST-1']],
    here: true,
  })
  expect(document.querySelector('form')).toBe(null)
})
