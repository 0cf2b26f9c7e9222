import bwip from 'bwip-js/node'
import { expect, it } from 'vitest'
import { SENSOR, type Shot, takePicture } from './camera.ts'
import { type GrayImage, readPng } from './gray-image.ts'
import { readers } from './readers.ts'
import { listShots } from './shots.ts'

const digits = '711001610143221573602495'
const straight: Shot = {
  phonePx: 400,
  roll: 0,
  yaw: 0,
  pitch: 0,
  blurPx: 0,
  shakePx: [0, 0],
  brightness: 1,
  ambient: 0,
  glares: [],
}

async function drawScreen(): Promise<GrayImage> {
  const look = { scale: 10, padding: 20, backgroundcolor: 'ffffff' }
  return readPng(await bwip.toBuffer({ bcid: 'qrcode', text: digits, ...look }))
}

it('takes the same picture again, to the last grain of noise', async () => {
  const screen = await drawScreen()
  const [one, two, other] = [7, 7, 8].map((seed) => takePicture(screen, straight, seed))
  expect(one?.data).toEqual(two?.data)
  expect(one?.data).not.toEqual(other?.data)
  expect(one).toMatchObject(SENSOR)
})

it('keeps a code readable when held well, turned and tilted, and not when held badly', async () => {
  const screen = await drawScreen()
  const held: [Partial<Shot>, boolean][] = [
    [{}, true],
    [{ roll: 30, yaw: 20, pitch: -20 }, true],
    [{ blurPx: 20 }, false],
    [{ brightness: 0.01, ambient: 1 }, false],
    [{ phonePx: 15 }, false],
  ]
  for (const [change, readable] of held) {
    const picture = takePicture(screen, { ...straight, ...change }, 1)
    for (const [name, read] of Object.entries(readers)) {
      const found = (await read(picture)).includes(digits)
      expect(found, `${name} ${JSON.stringify(change)}`).toBe(readable)
    }
  }
})

it('lists the same kinds of trouble for both symbols, as often', () => {
  const kindsOf = (symbol: 'bars' | 'qr') => listShots(symbol).map(({ kind }) => kind)
  expect(kindsOf('bars')).toEqual(kindsOf('qr'))
  expect(kindsOf('qr')).toHaveLength(46)
})
