import type { ErrorCode } from '@campus-ecode/protocol/errors'
import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { StringKey } from '../../strings/zh-cn.ts'
import { zhCnMore } from '../../strings/zh-cn-more.ts'
import { Icon } from '../icon.tsx'
import { moreIcons } from '../more-icon-paths.ts'
import { PageBar } from '../page-bar.tsx'
import { explain, isExplained } from '../problem/explain.ts'
import { type HelpAbout, useView } from '../view.ts'
import { CopyButton } from './copy-button.tsx'
import { helpTopics } from './help-topics.ts'
import { type Question, searchQuestions } from './search-questions.ts'

/** Typing is over, for who listens. */
const PAUSE_MS = 800

/** R37: what people ask, in plain words, and at the end whom to ask. */
export function HelpPage({ about = {} }: { about?: HelpAbout | undefined }) {
  const { model, t, say } = useView()
  const [typed, setTyped] = useState('')
  const { orderNo, code } = about
  const contact = model.card.value.value?.school.supportContact
  const topics = helpTopics.map((id) => ({ id, title: t(id), text: t(`${id}_how`) }))
  const reasons = useReasons()
  const own = reasons.find(({ id }) => id === code)
  const searching = typed.trim() !== ''
  const found = searchQuestions([...topics, ...reasons], typed)
  useEffect(() => {
    if (!searching) return
    const words = found.length ? t('helpFound', { n: found.length }) : t('helpNone')
    const timer = setTimeout(() => say(words), PAUSE_MS)
    return () => clearTimeout(timer)
  }, [typed])
  return (
    <div class="page">
      <PageBar title={t('help')} />
      {orderNo && (
        <section class="panel order" aria-label={t('helpOrder')}>
          <p class="order-what">{t('helpOrder')}</p>
          <p class="order-no">
            <b>{orderNo}</b>
            <CopyButton text={orderNo} />
          </p>
          <p class="order-text">{t('helpOrderText')}</p>
          <Contact />
        </section>
      )}
      <input
        class="search-field help-search"
        part="field"
        type="search"
        autoComplete="off"
        maxLength={40}
        aria-label={t('helpSearch')}
        placeholder={t('helpSearch')}
        value={typed}
        onInput={(event) => setTyped(event.currentTarget.value)}
      />
      {searching ? (
        found.length ? (
          <Questions questions={found} />
        ) : (
          <div class="notice short">
            <h2 class="notice-title">{t('helpNone')}</h2>
            <p class="notice-text">{t('helpNoneText')}</p>
          </div>
        )
      ) : (
        <>
          {own && (
            <Section title={t('helpThis')}>
              <Questions questions={[own]} open />
            </Section>
          )}
          <Section title={t('helpQuestions')}>
            <Questions questions={topics} />
          </Section>
          <Section title={t('helpReasons')}>
            <Questions questions={reasons} />
          </Section>
        </>
      )}
      {contact && (
        <section class="panel help-end">
          <h2>{t('helpEnd')}</h2>
          <Contact />
        </section>
      )}
    </div>
  )
}

/** Each refusal with its remedy (R22): the words of the moment it happens. */
function useReasons(): Question[] {
  const { model, t } = useView()
  const accounts = model.accounts.value.value
  return (Object.keys(zhCnMore) as StringKey[])
    .filter((key) => isExplained(key) && key !== 'OTHER')
    .map((key) => {
      const { words } = explain(key as ErrorCode, undefined, { accounts, account: undefined })
      return { id: key, title: t(key, words), text: t(`${key}_how` as StringKey, words) }
    })
    .filter(({ id }) => accounts || !id.startsWith('OVER_'))
}

function Section({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section>
      <h2 class="day-title">{title}</h2>
      {children}
    </section>
  )
}

function Questions({ questions, open = false }: { questions: Question[]; open?: boolean }) {
  return (
    <ul class="panel rows">
      {questions.map(({ id, title, text }) => (
        <li key={id}>
          <details class="question" open={open}>
            <summary>
              <span>{title}</span>
              <Icon d={moreIcons.next} />
            </summary>
            <p>{text}</p>
          </details>
        </li>
      ))}
    </ul>
  )
}

function Contact() {
  const { model, t } = useView()
  const contact = model.card.value.value?.school.supportContact
  if (!contact) return null
  return (
    <p class="stopped-contact">
      {t('support')}
      <b>{contact}</b>
    </p>
  )
}
