import { useEffect, useState } from 'preact/hooks'
import type { Done, ShownProblem } from '../model.ts'
import { useView } from './view.ts'

/** One thing a person has started: whether it runs, and what stood in its way. */
export interface Task {
  busy: boolean
  problem: ShownProblem | undefined
  /**
   * Runs it unless another runs. When it is done, `then` is called if this screen is still there, and
   * `said` is spoken in any case: what was done may have taken the screen away.
   */
  run<T>(work: () => Promise<Done<T>>, then?: (value: T) => void, said?: string): void
}

export function useTask(): Task {
  const { t, say } = useView()
  const [state, setState] = useState<{ busy: boolean; problem?: ShownProblem }>({ busy: false })
  const [here] = useState({ mounted: true })
  useEffect(
    () => () => {
      here.mounted = false
    },
    [here],
  )
  return {
    busy: state.busy,
    problem: state.problem,
    run(work, then, said) {
      if (state.busy) return
      setState({ busy: true })
      void work().then((done) => {
        if (done.kind === 'done' && said) say(said)
        if (!here.mounted) return
        setState(done.kind === 'refused' ? { busy: false, problem: done.problem } : { busy: false })
        if (done.kind === 'cancelled') say(t('keypadCancelled'))
        if (done.kind === 'done') then?.(done.value)
      })
    },
  }
}
