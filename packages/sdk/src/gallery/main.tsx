import { render } from 'preact'
import { drawQr } from '../qr.ts'
import { accessScreens } from '../screens/access/access-screens.ts'
import { App } from '../screens/app.tsx'
import { more } from '../screens/more.tsx'
import { screenNames } from '../screens/options.ts'
import { walletScreens } from '../screens/wallet/wallet-screens.ts'
import { en } from '../strings/en.ts'
import { enAccess } from '../strings/en-access.ts'
import { enWallet } from '../strings/en-wallet.ts'
import accessCss from '../styles/access.css?inline'
import moreCss from '../styles/more.css?inline'
import walletCss from '../styles/wallet.css?inline'
import css from '../styles/widget.css?inline'
import { accessText } from './access-fixtures.ts'
import { type GalleryState, states } from './states.ts'

// Draws one state of the screens: `?state=paid&locale=en&scheme=dark&care=1&accent=%23aa0000`.
// Without `state`, a list of all of them.

const query = new URLSearchParams(location.search)
const page = document.documentElement
const host = document.querySelector<HTMLElement>('#ecode')
const state = states[query.get('state') ?? '']
page.dataset.states = Object.keys(states).join(' ')
page.dataset.accessText = accessText
if (host) void (state ? drawState(host, state()) : drawList(host))

async function drawState(host: HTMLElement, given: GalleryState) {
  const { model, screen, single, taps = [], type, finish } = given
  const root = host.attachShadow({ mode: 'open' })
  const style = document.createElement('style')
  style.textContent = css + moreCss + walletCss + accessCss
  const box = document.createElement('div')
  box.style.height = '100%'
  root.append(style, box)
  const accent = query.get('accent')
  render(
    <App
      model={model}
      options={{
        screen,
        ...(single ? {} : { screens: screenNames }),
        locale: query.get('locale') === 'en' ? 'en' : 'zh-CN',
        theme: {
          scheme: query.get('scheme') === 'dark' ? 'dark' : 'light',
          care: query.has('care'),
          ...(accent ? { accent } : {}),
        },
      }}
      chunks={{
        more: async () => more,
        qr: async () => drawQr,
        english: async () => en,
        wallet: async () => walletScreens,
        englishWallet: async () => enWallet,
        access: async () => accessScreens,
        englishAccess: async () => enAccess,
      }}
    />,
    box,
  )
  for (const selector of taps) {
    await settle()
    // A busy machine takes longer.
    for (let turn = 0; turn < 30 && !root.querySelector(selector); turn++) await settle()
    root.querySelector<HTMLElement>(selector)?.click()
  }
  await settle()
  if (type) {
    const [selector, text] = type
    const field = root.querySelector<HTMLInputElement>(selector)
    if (field) field.value = text
    field?.dispatchEvent(new Event('input', { bubbles: true }))
  }
  await settle()
  finish?.()
  await settle()
  page.dataset.ready = ''
}

function drawList(host: HTMLElement) {
  for (const name of Object.keys(states)) {
    const link = document.createElement('a')
    link.href = `?state=${name}`
    link.textContent = name
    link.style.display = 'block'
    host.append(link)
  }
}

/** Preact draws, and runs effects, a little later. */
async function settle() {
  await new Promise((resolve) => setTimeout(resolve, 60))
}
