// Takes pictures of the gallery's states into e2e/shots, to be looked at:
//   node src/gallery/shoot.mjs [state …] [--sizes 320x568,375x812] [--variants light,dark,care,en] [--dpr 2]
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { openGallery } from './open-gallery.mjs'

const shots = join(dirname(fileURLToPath(import.meta.url)), '../../../../e2e/shots')
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sizes: { type: 'string', default: '320x568,375x812,430x932' },
    variants: { type: 'string', default: 'light,dark,care,en' },
    dpr: { type: 'string', default: '2' },
    accent: { type: 'string', default: '' },
  },
})
await mkdir(shots, { recursive: true })
const gallery = await openGallery()
let taken = 0
for (const size of values.sizes.split(',')) {
  const [width, height] = size.split('x').map(Number)
  const page = await gallery.newPage({ width, height, dpr: Number(values.dpr) })
  for (const state of positionals.length ? positionals : gallery.states) {
    for (const variant of values.variants.split(',')) {
      await gallery.show(page, state, variant, values.accent)
      await page.waitForTimeout(600) // for what arrives with a movement
      await page.screenshot({ path: join(shots, `${state}-${variant}-${width}.png`) })
      taken++
    }
  }
  await page.close()
}
console.log(`${taken} pictures in e2e/shots`)
await gallery.close()
