/** Eight digits in two halves, as one reads them out. */
export function formatBathNo(bathNo: string): string {
  return bathNo.replace(/(\d{4})(?=\d)/, '$1 ')
}

/** Millilitres as litres with one decimal: a hand's breadth of water more would be a lie. */
export function formatLitres(litresMl: number): string {
  return (Math.floor(litresMl / 100) / 10).toFixed(1)
}
