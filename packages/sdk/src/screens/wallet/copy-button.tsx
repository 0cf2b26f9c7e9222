import { useState } from 'preact/hooks'
import { useView } from '../view.ts'
import { copyText } from './copy-text.ts'

export function CopyButton({ text }: { text: string }) {
  const { t, say } = useView()
  const [done, setDone] = useState(false)
  return (
    <button
      type="button"
      class="plain link"
      onClick={async () => {
        const copied = await copyText(text)
        setDone(copied)
        say(t(copied ? 'copied' : 'copyFailed'))
      }}
    >
      {t(done ? 'copied' : 'copy')}
    </button>
  )
}
