import type { ApprovalAction } from '@campus-ecode/protocol/approvals'
import type { KeypadPage } from '@campus-ecode/protocol/keypad'
import { PASSWORD_DIGITS } from '@campus-ecode/protocol/keypad'
import { askPhrase } from './ask-phrase.ts'
import { cancel, type EntryResult, enter } from './core.ts'
import { describeAction } from './describe-action.ts'
import { createDigitPad } from './digit-pad.ts'
import { element } from './element.ts'
import { isFramed, leave, tell } from './opener.ts'
import { sealDigits } from './seal-digits.ts'
import { stringsFor } from './strings.ts'

const DONE_MS = 500
const SHORT_PX = 640

const root = document.documentElement

/** Asks for the payment password, until it was right or the person leaves. */
export function showKeypad(page: KeypadPage): void {
  const t = stringsFor(root.lang)
  const action: ApprovalAction = JSON.parse(page.action)
  root.style.setProperty('--accent', page.school.accent)
  root.classList.toggle('framed', isFramed)
  root.classList.toggle('short', (isFramed ? screen.height : window.innerHeight) < SHORT_PX)
  document.title = t.title

  const main = element('main')
  document.body.append(main)
  let over = false

  function end(event: 'approved' | 'cancelled' | 'locked' | 'expired') {
    if (over) return
    over = true
    clearTimeout(timer)
    pad.close()
    if (event === 'cancelled') {
      void cancel(page)
      return leave(page, 'cancelled')
    }
    if (event === 'approved') {
      say(doneText(), 'good')
      main.classList.add('done')
      setTimeout(() => leave(page, 'approved'), DONE_MS)
      return
    }
    if (event === 'locked') {
      showNotice(t.locked, t.lockedText, t.lockedOffice(page.school.supportContact))
    } else {
      showNotice(t.over, t.overText)
    }
    tell(page, event)
  }

  function doneText(): string {
    if (action.kind === 'set_water_password') return t.doneSetWater
    return action.kind.endsWith('_password') ? t.doneSet : t.done
  }

  /** In place of everything, with a way back. */
  function showNotice(title: string, ...texts: string[]) {
    const heading = element('h1', { tabindex: '-1' }, title)
    const back = element('button', { type: 'button', class: 'button' }, t.back)
    back.addEventListener('click', () => leave(page, 'cancelled'))
    const notice = element('div', { class: 'notice', role: 'alert' }, heading)
    notice.append(...texts.map((text) => element('p', {}, text)), back)
    main.replaceChildren(notice)
    heading.focus()
  }

  const prompt = element('h2', { class: 'prompt', 'aria-live': 'polite' })
  const status = element('p', { class: 'status', role: 'status' })
  const pad = createDigitPad(t, () => end('cancelled'))

  function say(text: string, tone: 'plain' | 'bad' | 'good' = 'plain') {
    status.textContent = text
    status.className = `status ${tone}`
  }

  async function ask(text: string): Promise<Uint8Array<ArrayBuffer>> {
    prompt.textContent = text
    const digits = await pad.ask()
    say('')
    return digits
  }

  /** The new password twice; asked again until both are the same. */
  async function askNew(text = t.enterNew): Promise<Uint8Array<ArrayBuffer>> {
    for (;;) {
      const first = await ask(text)
      const second = await ask(t.enterAgain)
      const same = first.every((digit, at) => digit === second[at])
      second.fill(0)
      if (same) return first
      first.fill(0)
      pad.shake()
      say(t.differs, 'bad')
    }
  }

  async function askDigits(): Promise<Uint8Array<ArrayBuffer>> {
    if (action.kind === 'set_password') return askNew()
    if (action.kind === 'change_password') return join(await ask(t.enterOld), await askNew())
    if (action.kind === 'set_water_password') {
      return join(await ask(t.enter), await askNew(t.enterNewWater))
    }
    return ask(t.enter)
  }

  /** Both as one message. */
  function join(old: Uint8Array, next: Uint8Array): Uint8Array<ArrayBuffer> {
    const both = new Uint8Array(2 * PASSWORD_DIGITS)
    both.set(old)
    both.set(next, PASSWORD_DIGITS)
    old.fill(0)
    next.fill(0)
    return both
  }

  /** Shows what went wrong; returns when the person may try again. */
  function explain(result: Exclude<EntryResult, { ok: true }>) {
    const { problem } = result
    if (problem === 'offline') return say(t.offline, 'bad')
    switch (problem.code) {
      case 'PASSWORD_WRONG':
        pad.shake()
        return say(t.wrong(problem.triesLeft ?? 0), 'bad')
      case 'PASSWORD_TOO_SIMPLE':
        pad.shake()
        return say(t.tooSimple, 'bad')
      case 'WATER_PASSWORD_SAME':
        pad.shake()
        return say(t.same, 'bad')
      case 'PASSWORD_LOCKED':
        return end('locked')
      case 'UNAVAILABLE':
      case 'RATE_LIMITED':
      case 'INTERNAL':
        return say(t.trouble, 'bad')
      default:
        return end('expired')
    }
  }

  async function run() {
    if (!window.crypto?.subtle) return showNotice(t.insecure, t.insecureText)
    const head = element('header', {}, element('p', { class: 'school' }, schoolName()))
    const body = element('div', { class: 'body' })
    main.append(head, body)
    let phrase: string | undefined
    if (action.kind === 'set_password') {
      phrase = await askPhrase(body, t, () => end('cancelled'))
      body.replaceChildren()
    }
    body.classList.add('typing')
    body.append(describeAction(page, t))
    const known = phrase ?? page.phrase
    if (known) body.append(showPhrase(known))
    body.append(prompt, pad.dots, status)
    main.append(pad.keys)
    while (!over) {
      const digits = await askDigits()
      if (over) return void digits.fill(0)
      const slow = setTimeout(() => say(t.checking), 400)
      const result = await enter(page, await sealDigits(page, digits), phrase)
      clearTimeout(slow)
      say('')
      if (over) return
      if (result.ok) return end('approved')
      explain(result)
    }
  }

  const schoolName = () => (root.lang === 'en' ? page.school.nameEn : page.school.name)

  function showPhrase(phrase: string) {
    return element(
      'section',
      { class: 'phrase' },
      element('p', { class: 'label' }, t.phraseLabel),
      element('p', { class: 'words' }, phrase),
      element('p', { class: 'hint' }, t.phraseHint),
    )
  }

  function report() {
    tell(page, 'resize', Math.ceil(main.getBoundingClientRect().height))
  }

  const timer = setTimeout(() => end('expired'), page.expiresInSeconds * 1000)
  void run()
  tell(page, 'ready', Math.ceil(main.getBoundingClientRect().height))
  if ('ResizeObserver' in window) new ResizeObserver(report).observe(main)
}
