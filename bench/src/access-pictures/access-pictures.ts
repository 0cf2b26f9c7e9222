import type { Benchmark, Figure } from '../benchmark.ts'
import { issueSchool } from '../gate/issue-codes.ts'
import { takePicture } from '../reader-pictures/camera.ts'
import { readers } from '../reader-pictures/readers.ts'
import { drawAccessScreen, type Level, levels, PHONE_MM } from './access-screen.ts'
import { listAccessShots } from './access-shots.ts'

const SIZES_MM = [35, 45, 55]
const OURS: Level = 'M'

/** What one level came to in one group of pictures: read by zbar, read by ZXing, of. */
interface Tally {
  read: number
  of: number
}

/**
 * The access code at each level of error correction, at the same outer size, photographed by a simulated VGA
 * sensor: which level reads best at the sizes that a phone has for it (docs/decisions/0024).
 */
export const accessPictures: Benchmark = {
  name: 'access-pictures',
  title: 'Access codes read from pictures',
  async run() {
    const { issueCode } = issueSchool(1_800_000_000)
    const tallies = new Map<string, Tally>()
    for (const [size, outerMm] of SIZES_MM.entries()) {
      const { text } = issueCode()
      for (const level of Object.keys(levels) as Level[]) {
        const screen = drawAccessScreen(text, level, outerMm)
        for (const [at, { condition, shot }] of listAccessShots(PHONE_MM).entries()) {
          // The same noise for all levels.
          const picture = takePicture(screen, shot, 1_000 * size + at)
          for (const read of Object.values(readers)) {
            const isRead = (await read(picture)).includes(text)
            add(tallies, [level, 'all'], isRead)
            add(tallies, [level, `${outerMm} mm`], isRead)
            add(tallies, [level, condition], isRead)
          }
        }
      }
    }
    return toFigures(tallies)
  },
}

function add(tallies: Map<string, Tally>, name: [Level, string], isRead: boolean): void {
  const key = name.join()
  const { read, of } = tallies.get(key) ?? { read: 0, of: 0 }
  tallies.set(key, { read: read + Number(isRead), of: of + 1 })
}

function toFigures(tallies: ReadonlyMap<string, Tally>): Figure[] {
  const find = (level: Level, group: string) =>
    tallies.get(`${level},${group}`) ?? { read: 0, of: 0 }
  const tell = ({ read, of }: Tally) => `${read} of ${of}`
  const others = (Object.keys(levels) as Level[]).filter((level) => level !== OURS)
  const tellOthers = (group: string) =>
    others.map((level) => `${level} v${levels[level]} ${tell(find(level, group))}`).join(', ')
  const groups = [...tallies.keys()].flatMap((key) => {
    const [level, group = ''] = key.split(',')
    return level === OURS && group !== 'all' ? [group] : []
  })
  const best = Math.max(...others.map((level) => find(level, 'all').read))
  return [
    {
      measure: 'M v10, to the best other level',
      ours: tell(find(OURS, 'all')),
      peer: tellOthers('all'),
      value: find(OURS, 'all').read / best,
      target: { atLeast: 1 },
    },
    ...groups.map((group) => {
      const { read, of } = find(OURS, group)
      const [ours, peer] = [tell({ read, of }), tellOthers(group)]
      return { measure: `M v10: ${group}, % read`, ours, peer, value: (100 * read) / of }
    }),
  ]
}
