/**
 * From now on this page tells where it leads what its origin is: the core takes nobody on to WeChat who does not come
 * from the page itself, and the page's own policy may keep that back.
 */
export function sayOrigin(): void {
  const policy = document.createElement('meta')
  policy.name = 'referrer'
  policy.content = 'origin'
  document.head.appendChild(policy)
}
