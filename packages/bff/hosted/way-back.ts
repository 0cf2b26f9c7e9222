interface Wx {
  miniProgram?: { navigateBack(options: object): void }
}

/** A page that stands longer than this after it was left has nowhere to go back to. */
const LEAVE_MS = 2_000

/**
 * How a web-view of a mini-program is left for the page that opened it: by WeChat's own script, fetched at once. To be
 * called when no ticket is in the address any more, of which that script tells WeChat.
 *
 * @returns undefined anywhere else.
 */
export function findWayBack(scriptUrl: string): (() => Promise<void>) | undefined {
  const { __wxjs_environment: environment } = window as { __wxjs_environment?: unknown }
  if (environment !== 'miniprogram' && !/miniProgram/i.test(navigator.userAgent)) return undefined
  const script = document.createElement('script')
  const come = new Promise((resolve) => {
    script.onload = script.onerror = resolve
  })
  script.src = scriptUrl
  document.head.append(script)
  return async () => {
    await come
    const { wx } = window as { wx?: Wx }
    wx?.miniProgram?.navigateBack({})
    await new Promise((resolve) => setTimeout(resolve, LEAVE_MS))
  }
}
