const LOAD_TIMEOUT_MS = 5_000

/**
 * Applies a style sheet within a shadow root; settles when it does.
 *
 * Sheets made from text are beyond any CSP. Engines without them (Safari before 16.4) load the same
 * sheet as a file, which the host's `style-src` must allow by origin or nonce.
 */
export async function adoptStyle(
  root: ShadowRoot,
  css: string,
  href: string,
  nonce: string,
): Promise<void> {
  if ('adoptedStyleSheets' in root && 'replaceSync' in CSSStyleSheet.prototype) {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(css)
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet]
    return
  }
  const link = document.createElement('link')
  link.rel = 'stylesheet'
  link.nonce = nonce
  await new Promise((resolve) => {
    link.onload = resolve
    // Drawn without style is better than not at all.
    link.onerror = resolve
    setTimeout(resolve, LOAD_TIMEOUT_MS)
    link.href = href
    root.appendChild(link)
  })
}
