import { render } from 'preact'
import { App } from '../screens/app.tsx'
import { screenNames } from '../screens/options.ts'
import accessCss from '../styles/access.css?inline'
import hostCss from '../styles/host.css?inline'
import moreCss from '../styles/more.css?inline'
import walletCss from '../styles/wallet.css?inline'
import waysCss from '../styles/ways.css?inline'
import css from '../styles/widget.css?inline'
import { accessText } from './access-fixtures.ts'
import { type GalleryState, states } from './states.ts'
import { makeStillChunks } from './still-chunks.ts'

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
  const {
    model,
    screen,
    single,
    taps = [],
    type,
    tapsAfter = [],
    finish,
    over,
    camera,
    scans,
    insecure,
    inWechat,
  } = given
  fakeCamera(camera, scans)
  if (inWechat) Object.defineProperty(navigator, 'userAgent', { value: 'MicroMessenger/8.0.68' })
  if (insecure) Object.defineProperty(window, 'isSecureContext', { value: false })
  if (over) {
    host.setAttribute('data-cashier', '')
    host.style.background = 'rgba(13, 15, 19, 0.5)'
  }
  const root = host.attachShadow({ mode: 'open' })
  const style = document.createElement('style')
  style.textContent = css + moreCss + walletCss + accessCss + waysCss + hostCss
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
      chunks={makeStillChunks()}
    />,
    box,
  )
  const tap = async (selector: string) => {
    await settle()
    // A busy machine takes longer.
    for (let turn = 0; turn < 30 && !root.querySelector(selector); turn++) await settle()
    root.querySelector<HTMLElement>(selector)?.click()
  }
  for (const selector of taps) await tap(selector)
  await settle()
  if (type) {
    const [selector, text] = type
    const field = root.querySelector<HTMLInputElement>(selector)
    if (field) field.value = text
    field?.dispatchEvent(new Event('input', { bubbles: true }))
  }
  for (const selector of tapsAfter) await tap(selector)
  await settle()
  finish?.()
  await settle()
  page.dataset.ready = ''
}

/** A camera that sees a grey wall, or is not allowed; and an engine that reads from it what it is told. */
function fakeCamera(camera: GalleryState['camera'], scans: string | undefined) {
  const mediaDevices = {
    async getUserMedia() {
      if (camera === 'denied') throw new DOMException('', 'NotAllowedError')
      if (camera !== 'live') throw new DOMException('', 'NotFoundError')
      const canvas = document.createElement('canvas')
      canvas.width = canvas.height = 640
      const context = canvas.getContext('2d')
      const paint = () => {
        if (!context) return
        context.fillStyle = '#6d737d'
        context.fillRect(0, 0, 640, 640)
        context.fillStyle = '#fff'
        context.fillRect(220, 230, 200, 200)
      }
      paint()
      setInterval(paint, 100)
      return canvas.captureStream()
    },
  }
  Object.defineProperty(navigator, 'mediaDevices', { value: mediaDevices })
  window.BarcodeDetector = class {
    static getSupportedFormats = async () => ['qr_code']
    detect = async () => (scans ? [{ rawValue: scans }] : [])
  }
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
