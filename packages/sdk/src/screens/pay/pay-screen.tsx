import { useEffect } from 'preact/hooks'
import { useHeading, useView } from '../view.ts'

export function PayScreen() {
  const { model, t, fetchMore } = useView()
  const heading = useHeading()
  const pay = model.pay.value
  useEffect(() => model.showPay(), [model])
  useEffect(() => {
    if (pay.kind === 'code') fetchMore()
  }, [pay.kind, fetchMore])
  return (
    <h1 ref={heading} tabIndex={-1}>
      {t('payTitle')}
    </h1>
  )
}
