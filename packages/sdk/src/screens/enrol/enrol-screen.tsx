import { useHeading, useView } from '../view.ts'

export function EnrolScreen() {
  const { t } = useView()
  return (
    <h1 ref={useHeading()} tabIndex={-1}>
      {t('card')}
    </h1>
  )
}
