// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openReader, ReaderMissing } from './read-qr.ts'

const video = () => document.createElement('video')
const detect = vi.fn()

beforeEach(() => {
  vi.useFakeTimers()
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue({
    drawImage() {},
    getImageData: () => ({ data: new Uint8ClampedArray(4), width: 1, height: 1 }),
  } as never)
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  detect.mockReset()
  delete window.BarcodeDetector
})

function haveDetector(...formats: string[]) {
  window.BarcodeDetector = class {
    static getSupportedFormats = async () => formats
    detect = detect
  }
}

test('the engine’s own detector is used where it reads QR, and nothing is fetched', async () => {
  haveDetector('qr_code')
  detect.mockResolvedValue([{ rawValue: 'text' }])
  const fetchReader = vi.fn()
  const read = await openReader(fetchReader)
  expect(await read(video(), 10, 10)).toBe('text')
  expect(fetchReader).not.toHaveBeenCalled()
})

test('ours is fetched where there is none, or it reads other codes', async () => {
  haveDetector('ean_13')
  const fetchReader = vi.fn(async () => () => 'ours')
  const read = await openReader(fetchReader)
  expect([await read(video(), 10, 10), await read(video(), 10, 10)]).toEqual(['ours', 'ours'])
  expect(fetchReader).toHaveBeenCalledTimes(1)
})

test('ours takes over from a detector that goes on failing', async () => {
  haveDetector('qr_code')
  detect.mockRejectedValue(new Error('no service'))
  const read = await openReader(async () => () => 'ours')
  const found: (string | undefined)[] = []
  for (let frame = 0; frame < 4; frame++) found.push(await read(video(), 10, 10))
  expect(found).toEqual([undefined, undefined, undefined, 'ours'])
})

test('without a network ours is asked for again after a while, and not for every frame', async () => {
  const fetchReader = vi
    .fn()
    .mockRejectedValueOnce(new Error('off'))
    .mockResolvedValue(() => 'ours')
  const read = await openReader(fetchReader)
  for (let frame = 0; frame < 5; frame++) expect(await read(video(), 10, 10)).toBeUndefined()
  expect(fetchReader).toHaveBeenCalledTimes(1)
  vi.advanceTimersByTime(3_000)
  expect(await read(video(), 10, 10)).toBe('ours')
})

test('for a picture it is told that nothing can be read without a network', async () => {
  const read = await openReader(() => Promise.reject(new Error('off')))
  await expect(read(document.createElement('canvas'), 10, 10)).rejects.toThrow(ReaderMissing)
})

test('a picture that is not there yet is none', async () => {
  const read = await openReader(async () => () => 'ours')
  expect(await read(video(), 0, 0)).toBeUndefined()
})
