import { median } from './stats.ts'

/** What one slice reached, in the unit of the benchmark. */
export type Slice = () => Promise<number>

export interface Pairs {
  ours: number
  peer: number
  /** Median of the ratios of neighbours: what disturbs both does not show in it. */
  ratio: number
  ratios: number[]
}

/** Runs both in turn, each pair in the other order than the one before. The first pair is not counted. */
export async function runPairs(count: number, ours: Slice, peer: Slice): Promise<Pairs> {
  await ours()
  await peer()
  const pairs: { ours: number; peer: number }[] = []
  for (let at = 0; at < count; at++) {
    const first = await (at % 2 ? peer : ours)()
    const second = await (at % 2 ? ours : peer)()
    pairs.push(at % 2 ? { ours: second, peer: first } : { ours: first, peer: second })
  }
  const ratios = pairs.map((pair) => pair.ours / pair.peer)
  return {
    ours: median(pairs.map((pair) => pair.ours)),
    peer: median(pairs.map((pair) => pair.peer)),
    ratio: median(ratios),
    ratios,
  }
}
