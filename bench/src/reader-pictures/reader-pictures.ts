import type { Benchmark, Figure } from '../benchmark.ts'
import { NO_BROWSER, openBrowser } from '../lib/browser.ts'
import { takePicture } from './camera.ts'
import { type ReaderName, readers } from './readers.ts'
import { type Drawer, drawersOf, type Screen, shootScreens } from './screens.ts'
import { type CodeKind, listShots, type Trouble } from './shots.ts'

/** How many were read, of how many. */
export interface Tally {
  read: number
  of: number
}
/** By `reader drawer kind`. */
type Tallies = Map<string, Tally>

/**
 * The codes as the widget draws them on three phones, photographed by a simulated VGA scanner under forty-six conditions
 * each, beside the same digits by `qrcode` and `bwip-js` as they draw them unasked: same place, same outer size, same
 * light, same noise.
 */
export const readerPictures: Benchmark = {
  name: 'reader-pictures',
  title: 'Drawn codes read from pictures',
  async run() {
    const browser = await openBrowser()
    if (!browser) return { skipped: NO_BROWSER }
    const screens = await shootScreens(browser).finally(() => browser.close())
    const figures: Figure[] = []
    for (const symbol of ['qr', 'bars'] as const) {
      const tallies = await readAll(symbol, screens)
      for (const reader of Object.keys(readers) as ReaderName[]) {
        figures.push(...compare(symbol, reader, tallies))
      }
    }
    return figures
  },
}

/** Every shot of every screen by every drawer, shown to both readers. */
async function readAll(symbol: CodeKind, screens: readonly Screen[]): Promise<Tallies> {
  const tallies: Tallies = new Map()
  for (const [phone, { digits, pictures }] of screens.entries()) {
    for (const [at, { kind, shot }] of listShots(symbol).entries()) {
      for (const drawer of drawersOf[symbol]) {
        const screen = pictures[symbol][drawer]
        if (!screen) throw new Error(`${drawer} drew no ${symbol}`)
        // The same noise for all drawers.
        const picture = takePicture(screen, shot, 1000 * phone + at)
        for (const [reader, read] of Object.entries(readers)) {
          const isRead = (await read(picture)).includes(digits)
          add(tallies, `${reader} ${drawer} ${kind}`, isRead)
        }
      }
    }
  }
  return tallies
}

function add(tallies: Tallies, name: string, isRead: boolean): void {
  const { read, of } = tallies.get(name) ?? { read: 0, of: 0 }
  tallies.set(name, { read: read + Number(isRead), of: of + 1 })
}

/** Without the quiet zone that the standards ask for, so no equal; told all the same. */
const STRETCHED: Drawer = 'bwip-js stretched'

const TROUBLES: readonly Trouble[] = ['small', 'dimmed', 'blurred', 'tilted', 'glared', 'combined']

function compare(symbol: CodeKind, reader: ReaderName, tallies: Tallies): Figure[] {
  const sum = (drawer: Drawer, kinds = TROUBLES): Tally =>
    kinds
      .map((kind) => tallies.get(`${reader} ${drawer} ${kind}`) ?? { read: 0, of: 0 })
      .reduce((a, b) => ({ read: a.read + b.read, of: a.of + b.of }))
  const peers = drawersOf[symbol].filter((drawer) => drawer !== 'widget')
  const tell = ({ read, of }: Tally) => `${read} of ${of}`
  const tellPeers = (kinds?: readonly Trouble[]) =>
    peers.map((peer) => `${peer} ${tell(sum(peer, kinds))}`).join(', ')
  const name = `${symbol === 'qr' ? 'QR' : 'bars'} by ${reader}`
  const ours = sum('widget')
  const best = Math.max(...peers.map((peer) => (peer === STRETCHED ? 0 : sum(peer).read)))
  return [
    {
      measure: `${name}, % read`,
      ours: tell(ours),
      peer: tellPeers(),
      value: (100 * ours.read) / ours.of,
      target: { atLeast: 95 },
    },
    {
      measure: `${name}, to the best peer`,
      ours: tell(ours),
      peer: tellPeers(),
      value: ours.read / best,
      target: { atLeast: 1 },
    },
    ...TROUBLES.map((kind) => ({
      measure: `${name}: ${kind}`,
      ours: tell(sum('widget', [kind])),
      peer: tellPeers([kind]),
      value: (100 * sum('widget', [kind]).read) / sum('widget', [kind]).of,
    })),
  ]
}
