/** How long an alias is in use: an observer can join codes for four hours at most. */
export const EPOCH_SECONDS = 14_400
/** This close to a boundary the neighbouring epoch's alias is accepted too. */
export const EPOCH_OVERLAP_SECONDS = 90

/** The alias epoch that a moment lies in. */
export function aliasEpoch(nowSeconds: number): number {
  return Math.floor(nowSeconds / EPOCH_SECONDS)
}

/**
 * Epochs whose alias is accepted now: the present one first, then the neighbour when the boundary
 * is at most 90 s away.
 */
export function acceptableEpochs(nowSeconds: number): number[] {
  const epoch = aliasEpoch(nowSeconds)
  const sinceStart = nowSeconds - epoch * EPOCH_SECONDS
  if (sinceStart <= EPOCH_OVERLAP_SECONDS) return [epoch, epoch - 1]
  if (EPOCH_SECONDS - sinceStart <= EPOCH_OVERLAP_SECONDS) return [epoch, epoch + 1]
  return [epoch]
}
