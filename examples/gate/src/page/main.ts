import type { ReadingView } from '../gate-view.ts'
import { createCamera } from './camera.ts'
import { find } from './find.ts'
import { gateApi } from './gate-api.ts'
import { listenForPictures, listenToFrame } from './pictures.ts'
import { readPicture } from './read-picture.ts'
import { showReading } from './show-reading.ts'
import { showState } from './show-state.ts'
import { playSound } from './sound.ts'
import { createWedge } from './wedge.ts'

const gateChoice = find('gate', HTMLSelectElement)
const ready = find('ready', HTMLElement)
const result = find('result', HTMLElement)
const state = find('state', HTMLElement)
const hint = find('hint', HTMLParagraphElement)
const scanner = find('scanner', HTMLInputElement)
const plug = find('plug', HTMLInputElement)

/** How long an answer stands: who is let in is gone at once, who is not has to read why. */
const SHOWN_MS = { opened: 2_500, refused: 4_500, identity: 6_000 } as const
const LOOK_MS = 2_000

let hiding: ReturnType<typeof setTimeout> | undefined
/** Codes are judged one after the other, in the order in which they came. */
let last: Promise<void> = Promise.resolve()

const camera = createCamera({ onCode: read, onFail: say })
find('camera-open', HTMLButtonElement).addEventListener('click', () => void camera.open())
listenForPictures(readFromPicture)

const field = {
  read: () => scanner.value,
  clear() {
    scanner.value = ''
  },
}
const press = createWedge(field, read)
// Wherever it was clicked, the scanner is heard.
document.addEventListener(
  'keydown',
  (event) => {
    const { target, key, code, shiftKey } = event
    const isControl = target instanceof HTMLElement && target.closest('select, button, label')
    if (isControl && (key === 'Enter' || key === ' ' || key === 'Tab' || key.startsWith('Arrow'))) {
      return
    }
    if (key.length === 1) scanner.focus({ preventScroll: true })
    if (press({ key, code, shiftKey }, performance.now())) event.preventDefault()
  },
  { capture: true },
)
// An input method must not keep half a word for the next scan.
scanner.addEventListener('compositionend', () => setTimeout(field.clear))

/** @param text What was read, untouched: the gate says what it is. */
function read(text: string): void {
  const gate = gateChoice.value
  if (!gate) {
    say('正在连接… · Connecting')
    return
  }
  last = last.then(async () => {
    try {
      show(await gateApi.read(gate, text))
    } catch {
      say('连不上闸机服务，请再试一次 · No connection')
    }
    void look()
  })
}

async function readFromPicture(picture: Blob) {
  const text = await readPicture(picture).catch(() => undefined)
  if (text) read(text)
  else say('图片里没有找到码，请靠近一点再拍 · No code found in the picture')
}

function show(reading: ReadingView) {
  clearTimeout(hiding)
  result.replaceChildren(...showReading(reading))
  result.className = `panel ${reading.kind}`
  result.hidden = false
  ready.hidden = true
  playSound(reading.kind)
  hiding = setTimeout(() => {
    result.hidden = true
    ready.hidden = false
  }, SHOWN_MS[reading.kind])
}

function say(sentence: string) {
  hint.textContent = sentence
  setTimeout(() => {
    if (hint.textContent === sentence) hint.textContent = ''
  }, 5_000)
}

async function look() {
  const gate = gateChoice.value
  const view = gate && (await gateApi.look(gate).catch(() => undefined))
  if (!view || gate !== gateChoice.value) return
  state.replaceChildren(...showState(view))
  if (!plug.disabled) plug.checked = !view.isCut
}

plug.addEventListener('change', async () => {
  plug.disabled = true
  await gateApi.connect(gateChoice.value, plug.checked).catch(() => undefined)
  plug.disabled = false
  scanner.focus({ preventScroll: true })
  void look()
})

gateChoice.addEventListener('change', () => {
  scanner.focus({ preventScroll: true })
  void look()
})

async function listGates() {
  const gates = await gateApi.listGates().catch(() => [])
  if (gates.length === 0) {
    say('还没有闸机 · No gates yet')
    return void setTimeout(() => void listGates(), LOOK_MS)
  }
  gateChoice.replaceChildren(...gates.map(({ id, name }) => new Option(name, id)))
  void look()
}

setInterval(() => void look(), LOOK_MS)
scanner.focus({ preventScroll: true })
void listGates()
const { frameOrigin } = await gateApi.readSettings()
if (frameOrigin) listenToFrame(frameOrigin, readFromPicture)
