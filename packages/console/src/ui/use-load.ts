import type { StaffRouteName } from '@campus-ecode/protocol/staff-api'
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { type AnswerOf, call, type Outcome, type Problem, type Said } from '../api.ts'

export interface Loaded<T> {
  value: T | undefined
  problem: Problem | undefined
  reload(): Promise<void>
}

/** What a call answers, asked once for each `key` and again on demand; what was there stays until there is newer. */
export function useLoad<N extends StaffRouteName>(
  name: N,
  said: Said<N>,
  key = '',
  everyMs?: number,
): Loaded<AnswerOf<N>> {
  const [outcome, setOutcome] = useState<Outcome<AnswerOf<N>>>()
  const [value, setValue] = useState<AnswerOf<N>>()
  const last = useRef(0)
  const asked = useRef(said)
  asked.current = said
  const reload = useCallback(async () => {
    const turn = ++last.current
    const next = await call(name, asked.current)
    // Whoever asked later has the say.
    if (turn !== last.current) return
    setOutcome(next)
    if (next.ok) setValue(next.value)
  }, [name, key])
  useEffect(() => {
    setOutcome(undefined)
    setValue(undefined)
    void reload()
    if (everyMs === undefined) return undefined
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') void reload()
    }, everyMs)
    return () => clearInterval(timer)
  }, [reload, everyMs])
  return {
    value,
    problem: outcome?.ok === false ? outcome.problem : undefined,
    reload,
  }
}

/** Something that is sent, one at a time. */
export function useSend<N extends StaffRouteName>(name: N) {
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem>()
  const send = async (said: Said<N>): Promise<AnswerOf<N> | undefined> => {
    setBusy(true)
    setProblem(undefined)
    const outcome = await call(name, said)
    setBusy(false)
    if (outcome.ok) return outcome.value
    setProblem(outcome.problem)
    return undefined
  }
  return { send, busy, problem, clear: () => setProblem(undefined) }
}
