import { EnrolOffer } from '../enrol/enrol-offer.tsx'
import { useView } from '../view.ts'

/** What may help with the code that stands above. */
export function BelowCode() {
  const { model, parts } = useView()
  const host = parts.value.host?.screens
  return (
    <>
      {host && model.host.value && <host.BrightnessHint />}
      <EnrolOffer />
    </>
  )
}
