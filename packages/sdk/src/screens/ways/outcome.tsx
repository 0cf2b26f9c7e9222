import { Amount } from '../amount.tsx'
import { Icon } from '../icon.tsx'

/** The head of what became of a payment, by colour and mark from afar. */
export function Outcome({
  look,
  mark,
  title,
  amountFen,
  text,
}: {
  look: string
  mark: string
  title: string
  /** None where nothing moved: a large amount is read as paid. */
  amountFen?: number | undefined
  text: string
}) {
  return (
    <div class={`outcome ${look}`} part="outcome">
      <span class="mark">
        <Icon d={mark} />
      </span>
      <h2 tabIndex={-1} class={amountFen === undefined ? 'outcome-title large' : 'outcome-title'}>
        {title}
      </h2>
      {amountFen !== undefined && <Amount fen={amountFen} />}
      <p class="outcome-text">{text}</p>
    </div>
  )
}
