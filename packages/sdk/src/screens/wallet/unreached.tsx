import { LoadFailed } from '../problem/load-failed.tsx'
import { Support } from '../problem/support.tsx'
import { useWallet } from './use-wallet.ts'
import { useWalletWords } from './wallet-problem.tsx'

/** In the wallet's place while it is fetched, or when it could not be. */
export function Unreached() {
  const wallet = useWallet()
  const { loading, problem } = wallet.wallet.value
  if (!problem || loading) {
    return (
      <div aria-busy="true">
        <div class="panel purse bone" />
        <div class="panel day-bone bone" />
      </div>
    )
  }
  if (problem.code !== 'SCOPE_MISSING') {
    return <LoadFailed problem={problem} retry={() => void wallet.load()} />
  }
  return <NotHere />
}

/** The school has opened this session without the wallet. */
function NotHere() {
  const problem = { code: 'SCOPE_MISSING' } as const
  const { title, how } = useWalletWords(problem)
  return (
    <div class="notice">
      <h2 class="notice-title">{title}</h2>
      <p class="notice-text">{how}</p>
      <Support problem={problem} />
    </div>
  )
}
