// A host page that tells all it does. `#settings` is what `create` and `update` are given.
const main = document.querySelector('main')
const { school, bff } = main.dataset
const form = document.querySelector('#settings')
const place = document.querySelector('#ecode')
const log = document.querySelector('#log')
/** Apart, since this page imports nothing: it only shows how others do. */
const NPM = '@campus-ecode/sdk'
const EVENTS = ['ready', 'screen', 'session', 'paid', 'refused', 'access', 'error']

let ecode
let whose

function readSettings() {
  const given = new FormData(form)
  const screens = given.getAll('screens')
  const theme = {
    ...(given.get('accent') && { accent: given.get('accent') }),
    ...(given.get('scheme') !== 'auto' && { scheme: given.get('scheme') }),
    ...(given.get('care') && { care: true }),
  }
  return {
    ...(given.get('screen') && { screen: given.get('screen') }),
    ...(screens.length < 4 && { screens }),
    ...(given.get('locale') !== 'zh-CN' && { locale: given.get('locale') }),
    ...(Object.keys(theme).length > 0 && { theme }),
  }
}

/** What is left out goes back to its default. */
const EMPTY = { screen: undefined, screens: undefined, locale: undefined, theme: undefined }

async function session(thumbprint) {
  const { person, failing } = Object.fromEntries(new FormData(form))
  const sent = { person, thumbprint }
  if (failing) {
    tell('request', 'session()', { thumbprint }, 'throws, as you asked for')
    throw new Error('the playground lets session() fail')
  }
  const answer = await fetch('/playground/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(sent),
  })
  const { session, exchange } = await answer.json()
  tell('request', 'page → your server: POST /playground/session', sent, `answered ${answer.status}`)
  if (exchange) {
    const { request, headers, body, status, answer } = exchange
    tell('request', `your server → BFF: ${request}`, { headers, body }, { status, answer })
  }
  if (!answer.ok) throw new Error(`/playground/session answered ${answer.status}`)
  return session
}

function open() {
  ecode?.destroy()
  whose = form.person.value
  try {
    ecode = ECode.create({ school, subject: whose, session, ...readSettings() })
  } catch (error) {
    tellError(error)
    return
  }
  for (const name of EVENTS) {
    ecode.on(name, name === 'error' ? tellError : (detail) => tell('event', name, detail))
  }
  ecode.mount(place).catch(() => {})
}

function apply() {
  const { radius, width } = Object.fromEntries(new FormData(form))
  place.style.setProperty('--ecode-radius', `${radius}px`)
  place.style.width = `${width}px`
  document.querySelector('#width-shown').textContent = `${width} px`
  showCode()
  if (form.person.value !== whose) return open()
  try {
    ecode?.update({ ...EMPTY, ...readSettings() })
  } catch (error) {
    tellError(error)
  }
}

function tell(kind, title, ...details) {
  const item = document.createElement('li')
  item.className = kind
  const time = new Date().toLocaleTimeString('zh-CN', { hour12: false })
  item.append(element('time', time), ' ', element('b', title))
  for (const detail of details) {
    if (detail === undefined) continue
    item.append(element('pre', typeof detail === 'string' ? detail : write(detail)))
  }
  log.prepend(item)
  while (log.children.length > 100) log.lastChild.remove()
  return item
}

/** On one line where it fits. */
function write(detail) {
  const line = JSON.stringify(detail)
  return line.length < 90 ? line : JSON.stringify(detail, null, 2)
}

function tellError({ code, message, retryable, requestId, cause }) {
  const item = tell('error', `error ${code}`, {
    message,
    retryable,
    ...(requestId && { requestId }),
    ...(cause && { cause: String(cause) }),
  })
  const link = element('a', `${bff}/errors/${code}`)
  link.href = link.textContent
  link.target = '_blank'
  item.append(link)
}

function element(name, text) {
  const made = document.createElement(name)
  made.textContent = text
  return made
}

const quote = (value) =>
  JSON.stringify(value)
    .replace(/"(\w+)":/g, ' $1: ')
    .replaceAll('"', "'")
    .replaceAll(/,(?! )/g, ', ')
    .replaceAll(',  ', ', ')
    .replaceAll('}', ' }')
    .trim()
const attribute = (value, open, close) =>
  typeof value === 'string' ? `"${value}"` : open + quote(value) + close
const listOptions = (indent) =>
  Object.entries(readSettings())
    .map(([name, value]) => `\n${indent}${name}: ${quote(value)},`)
    .join('')

const SESSION = `async (thumbprint) => {
    const answer = await fetch('/ecode-session', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ thumbprint }),
    })
    if (!answer.ok) throw new Error(\`/ecode-session answered \${answer.status}\`)
    return answer.json()
  }`

const snippets = {
  script: () => `<div id="ecode"></div>
<script src="${bff}/v1/ecode.js"></script>
<script>
  ECode.create({
    school: '${school}',
    subject: 'your id of the person',${listOptions('    ')}
    session: ${SESSION.replaceAll('\n', '\n  ')},
  }).mount('#ecode')
</script>`,
  npm: () => `import { create } from '${NPM}'

const ecode = create({
  baseUrl: '${bff}',
  school: '${school}',
  subject: 'your id of the person',${listOptions('  ')}
  session: ${SESSION},
})
await ecode.mount('#ecode')`,
  react: () => `import { CampusEcode } from '${NPM}/react'

<CampusEcode
  baseUrl="${bff}"
  school="${school}"
  subject={user.id}${Object.entries(readSettings())
    .map(([name, value]) => `\n  ${name}=${attribute(value, '{', '}')}`)
    .join('')}
  session={openSession}
  onPaid={({ amountFen }) => {}}
/>`,
  vue: () => `<script setup>
import { CampusEcode } from '${NPM}/vue'
</script>

<template>
  <CampusEcode
    base-url="${bff}"
    school="${school}"
    :subject="user.id"${Object.entries(readSettings())
      .map(([name, value]) => {
        const bound = typeof value === 'string' ? name : `:${name}`
        return `\n    ${bound}=${attribute(value, '"', '"')}`
      })
      .join('')}
    :session="openSession"
    @paid="({ amountFen }) => {}"
  />
</template>`,
  element: () => {
    const { screens, theme = {}, ...rest } = readSettings()
    const { care, ...look } = theme
    const attributes = { ...rest, ...(screens && { screens: screens.join(' ') }), ...look }
    return `<script src="${bff}/v1/element.js"></script>
<campus-ecode
  school="${school}"
  subject="your id of the person"
  session-url="/ecode-session"${Object.entries(attributes)
    .map(([name, value]) => `\n  ${name}="${value}"`)
    .join('')}${care ? '\n  care' : ''}
></campus-ecode>`
  },
}

function showCode() {
  document.querySelector('#code').textContent = snippets[form.elements.way.value]()
}

form.addEventListener('input', apply)
form.elements.way.addEventListener('change', showCode)
// A widget that comes back within a second goes on with the session it had.
document.querySelector('#remount').addEventListener('click', () => {
  ecode?.destroy()
  setTimeout(open, 1_200)
})
document.querySelector('#clear').addEventListener('click', () => log.replaceChildren())
document.querySelector('#sign-out').addEventListener('click', async () => {
  await ecode?.signOut().catch(() => {})
  tell('event', 'signOut()', 'the keys of this person on this browser are wiped')
})
document.querySelector('#pay-order').addEventListener('click', async () => {
  const order = prompt('orderId：由商户服务器创建 · as the merchant’s server got it', '')
  if (order === null) return
  tell('event', `pay({ order: '${order}' })`)
  const outcome = await ecode?.pay({ order }).catch(({ code }) => `rejected with ${code}`)
  tell('event', 'pay() settled', outcome)
})
document.querySelector('#copy').addEventListener('click', async ({ currentTarget }) => {
  const shown = document.querySelector('#code')
  await navigator.clipboard.writeText(shown.textContent).catch(() => {})
  getSelection().selectAllChildren(shown)
  currentTarget.classList.add('done')
  setTimeout(() => currentTarget.classList.remove('done'), 1_500)
})
apply()
