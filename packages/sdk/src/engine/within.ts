/** Settles with the promise, or rejects when it takes too long; the late outcome is dropped. */
export function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`nothing within ${ms} ms`)), ms)
    promise.then(resolve, reject).then(() => clearTimeout(timer))
  })
}
