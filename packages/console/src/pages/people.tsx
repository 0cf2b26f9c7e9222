import { useState } from 'preact/hooks'
import type { AnswerOf } from '../api.ts'
import { Field, Head, Said, Table, Tag, type Tone } from '../ui/parts.tsx'
import { useHere } from '../ui/session.ts'
import { useSend } from '../ui/use-load.ts'

const ways = ['cardNo', 'name', 'phoneTail'] as const
type Way = (typeof ways)[number]

/** By something of theirs that is known whole. */
export function People() {
  const { t } = useHere()
  const [by, setBy] = useState<Way>('cardNo')
  const [found, setFound] = useState<AnswerOf<'findPeople'>>()
  const { send, busy, problem } = useSend('findPeople')
  return (
    <>
      <Head title={t.people.title} text={t.people.text} focus="text" />
      <div class="stack">
        <form
          class="card stack"
          onSubmit={async (event) => {
            event.preventDefault()
            const text = String(new FormData(event.currentTarget).get('text')).trim()
            const body =
              by === 'cardNo'
                ? { cardNo: text }
                : by === 'name'
                  ? { name: text }
                  : { phoneTail: text }
            const answer = await send({ body })
            const [only] = by === 'cardNo' && answer?.people.length === 1 ? answer.people : []
            // A number is one person's: whoever stands at the window is meant.
            if (only) location.hash = `#/people/${only.personId}`
            else setFound(answer)
          }}
        >
          <fieldset>
            <legend>{t.people.by}</legend>
            <div class="row">
              {ways.map((way) => (
                <label class="check" key={way}>
                  <input
                    type="radio"
                    name="by"
                    checked={by === way}
                    onChange={() => {
                      setBy(way)
                      setFound(undefined)
                    }}
                  />
                  {t.people[way]}
                </label>
              ))}
            </div>
          </fieldset>
          <Field
            key={by}
            label={t.people[by] + t.inBrackets(t.people.whole)}
            name="text"
            required
            maxLength={by === 'phoneTail' ? 4 : 40}
            pattern={by === 'phoneTail' ? '\\d{4}' : undefined}
            inputMode={by === 'phoneTail' ? 'numeric' : undefined}
            autocomplete="off"
            spellcheck={false}
          />
          <div class="row">
            <button type="submit" class="button" disabled={busy}>
              {busy ? t.working : t.search}
            </button>
          </div>
          <Said problem={problem} />
        </form>
        <div role="status" class="stack">
          {found && (
            <>
              <Table
                caption={t.people.found}
                rows={found.people}
                keyOf={({ personId }) => personId}
                none={t.people.none}
                columns={[
                  {
                    label: t.people.person,
                    cell: ({ personId, maskedName }) => (
                      <a href={`#/people/${personId}`}>{maskedName}</a>
                    ),
                  },
                  { label: t.people.number, cell: ({ maskedCardNo }) => maskedCardNo },
                  { label: t.people.classOf, cell: (row) => t.personClass[row.class] },
                  { label: t.people.campus, cell: ({ campus }) => campus ?? '—' },
                  {
                    label: t.people.card,
                    cell: ({ cardStatus }) => <CardTag status={cardStatus} />,
                  },
                ]}
              />
              {found.more && <p class="soft">{t.people.tooMany}</p>}
            </>
          )}
        </div>
      </div>
    </>
  )
}

const tones: Record<string, Tone> = { active: 'good', locked: 'bad', unclaimed: 'warn' }

export function CardTag({ status }: { status: string }) {
  const { t } = useHere()
  return <Tag tone={tones[status] ?? ''}>{t.cardStatus[status]}</Tag>
}
