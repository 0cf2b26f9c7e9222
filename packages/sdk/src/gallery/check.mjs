// Holds the gallery against people and readers: axe on every state, light and dark, large type and
// English; and every drawn code read back from the picture, by two readers that are not ours.
//   node src/gallery/check.mjs [beginning of a state's name …]
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { scanImageData } from '@undecaf/zbar-wasm'
import { PNG } from 'pngjs'
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader'
import { openGallery } from './open-gallery.mjs'

const FORMS = {
  QR: ['zxing QRCode', 'zbar ZBAR_QRCODE'],
  CODE128: ['zxing Code128', 'zbar ZBAR_CODE128'],
}
const wantedStates = process.argv.slice(2)
const isWanted = (state) =>
  !wantedStates.length || wantedStates.some((start) => state.startsWith(start))
const require = createRequire(import.meta.url)
const axe = await readFile(require.resolve('axe-core/axe.min.js'), 'utf8')
const wasm = await readFile(require.resolve('zxing-wasm/reader/zxing_reader.wasm'))
prepareZXingModule({ overrides: { wasmBinary: new Uint8Array(wasm).buffer } })
const gallery = await openGallery()
/** What to read from which state, and as what. */
const CODES = [
  { state: 'pay', text: '711001120143221573602495', forms: ['QR', 'CODE128'] },
  { state: 'access', text: gallery.accessText, forms: ['QR'] },
  { state: 'identity', text: '721001143221573602495012', forms: ['QR', 'CODE128'] },
]
let faults = 0

await Promise.all(['light', 'dark', 'care', 'en'].map(checkAccess))
for (const dpr of [1, 1.5, 2, 2.625, 3]) {
  await Promise.all(
    [
      [320, 568],
      [375, 812],
      [430, 932],
    ].map(([width, height]) => checkCodes(width, height, dpr)),
  )
}
await gallery.close()
console.log(faults ? `${faults} faults` : 'no faults')
process.exitCode = faults ? 1 : 0

async function checkAccess(variant) {
  const page = await gallery.newPage({ width: 375, height: 812, dpr: 1 })
  await page.emulateMedia({ reducedMotion: 'reduce' })
  for (const state of gallery.states.filter(isWanted)) {
    await gallery.show(page, state, variant)
    await page.evaluate(axe)
    const { violations } = await page.evaluate(() =>
      // The page around the widget is meant to be bad.
      window.axe.run({ fromShadowDom: ['#ecode', '.root'] }, { resultTypes: ['violations'] }),
    )
    for (const { id, nodes } of violations) {
      faults++
      console.log(
        `axe ${state} ${variant}: ${id} ${nodes.map((n) => n.target.join(' ')).join(', ')}`,
      )
    }
  }
  await page.close()
}

async function checkCodes(width, height, dpr) {
  const page = await gallery.newPage({ width, height, dpr })
  for (const { state, text, forms } of CODES.filter((code) => isWanted(code.state))) {
    for (const variant of ['light', 'dark', 'care', 'care-dark']) {
      await gallery.show(page, state, variant)
      const png = PNG.sync.read(await page.screenshot())
      const image = { data: new Uint8ClampedArray(png.data), width: png.width, height: png.height }
      const zxing = await readBarcodes(image, { formats: ['QRCode', 'Code128'] })
      const zbar = await scanImageData(image)
      const read = [
        ...zxing.map((found) => `zxing ${found.format} ${found.text}`),
        ...zbar.map((symbol) => `zbar ${symbol.typeName} ${symbol.decode()}`),
      ]
      for (const wanted of forms.flatMap((form) => FORMS[form])) {
        if (read.includes(`${wanted} ${text}`)) continue
        faults++
        console.log(`${state} ${width}@${dpr} ${variant}: no ${wanted}`)
      }
    }
  }
  await page.close()
}
