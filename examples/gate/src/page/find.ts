/** The element with this id. Throws when the page lacks it, which is a fault of the page. */
export function find<T extends HTMLElement>(id: string, kind: new () => T): T {
  const element = document.getElementById(id)
  if (!(element instanceof kind)) throw new Error(`the page has no ${id}`)
  return element
}

/** An element with text or children; texts are never markup. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  ...children: (Node | string | null | undefined | false)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag)
  if (className) element.className = className
  element.append(
    ...children.filter((child) => child !== null && child !== undefined && child !== false),
  )
  return element
}

/** 中文, and English beside it, smaller. */
export function both(zh: string, en: string): (Node | string)[] {
  const small = make('small', '', en)
  small.lang = 'en'
  return [zh, ' ', small]
}
