import { useView } from '../view.ts'

/** For the card office, small: the code and, if the trouble was over the network, which request. */
export function Support({
  problem,
}: {
  problem: { code: string; requestId?: string | undefined }
}) {
  const { model } = useView()
  const contact = model.card.value.value?.school.supportContact
  return (
    <p class="support">
      {contact && <span>{contact}</span>}
      <code>
        {problem.code} {problem.requestId}
      </code>
    </p>
  )
}
