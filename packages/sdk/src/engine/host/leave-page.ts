/** Posts fields to an address in this window: what they are is in no address, no history and no Referer. */
export function postForm(url: string, fields: Record<string, string>): void {
  const form = document.createElement('form')
  form.method = 'post'
  form.action = url
  // A page in a frame is not what the service is to be opened in.
  form.target = '_top'
  for (const [name, value] of Object.entries(fields)) {
    const input = document.createElement('input')
    input.type = 'hidden'
    input.name = name
    input.value = value
    form.appendChild(input)
  }
  document.body.appendChild(form)
  form.submit()
  form.remove()
}

/** Opens an address in this tab, out of any frame. */
export function openTop(url: string): void {
  window.open(url, '_top')
}
