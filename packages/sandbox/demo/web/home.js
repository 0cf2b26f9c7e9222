const settings = document.querySelector('#settings')
const phone = document.querySelector('#phone')
const pos = document.querySelector('#pos')
const scan = document.querySelector('#scan')
const status = document.querySelector('#scan-status')
const params = new URLSearchParams(location.search)

// The address says what is chosen, so that it can be kept and shared.
for (const [name, value] of params) {
  const choice = settings.querySelector(
    `input[name="${CSS.escape(name)}"][value="${CSS.escape(value)}"]`,
  )
  if (choice) choice.checked = true
}
if (params.size > 0) showPhone()

settings.addEventListener('change', () => {
  const query = chosen()
  history.replaceState(null, '', `?${query}`)
  showPhone()
})

function chosen() {
  const query = new URLSearchParams(new FormData(settings))
  for (const [name, value] of [...query]) if (value === '') query.delete(name)
  return query
}

function showPhone() {
  // Replaced, not navigated: going back should leave the demo, not undo its switches.
  phone.contentWindow.location.replace(`/phone?${chosen()}`)
}

// Stands for holding the scanner to the phone: takes a picture of the code as it is drawn and hands
// it to the till, which has to read it. Both frames are the school's; the till trusts this origin.
const { origin: posOrigin } = pos.dataset
addEventListener('message', ({ origin, source, data }) => {
  if (origin !== posOrigin || source !== pos.contentWindow) return
  if (data?.type === 'pos-ready') scan.disabled = false
})

scan.addEventListener('click', async () => {
  const picture = await photographCode()
  say(picture ? '' : '手机上现在没有码 · There is no code on the phone right now')
  if (picture) pos.contentWindow.postMessage({ type: 'pos-picture', picture }, posOrigin)
})

function photographCode() {
  const drawn = findCanvases(phone.contentDocument)
  // The square one is the QR code; old scanners would take the bars.
  const code = drawn.find(({ width, height }) => width === height) ?? drawn[0]
  return code && new Promise((done) => code.toBlob(done))
}

function findCanvases(root) {
  return [...root.querySelectorAll('*')].flatMap((element) => {
    if (element instanceof phone.contentWindow.HTMLCanvasElement) return [element]
    return element.shadowRoot ? findCanvases(element.shadowRoot) : []
  })
}

function say(text) {
  status.textContent = text
}
