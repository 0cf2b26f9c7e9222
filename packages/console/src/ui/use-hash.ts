import { useEffect, useState } from 'preact/hooks'

/** `#/payments/0192…` as its parts. */
export function useHash(): string[] {
  const [hash, setHash] = useState(location.hash)
  useEffect(() => {
    const heard = () => setHash(location.hash)
    addEventListener('hashchange', heard)
    return () => removeEventListener('hashchange', heard)
  }, [])
  return hash.replace(/^#\//, '').split('/').filter(Boolean).map(decodeURIComponent)
}
