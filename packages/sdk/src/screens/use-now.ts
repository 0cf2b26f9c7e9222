import { useEffect, useState } from 'preact/hooks'
import { useView } from './view.ts'

/** The server's clock, drawn again at every interval. */
export function useNow(intervalMs: number): number {
  const { model } = useView()
  const [now, setNow] = useState(() => model.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(model.now()), intervalMs)
    return () => clearInterval(timer)
  }, [model, intervalMs])
  return now
}
