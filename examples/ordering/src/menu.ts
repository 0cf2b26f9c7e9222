export interface Dish {
  id: string
  name: string
  nameEn: string
  priceFen: number
}

export const menu: readonly Dish[] = [
  { id: 'rice', name: '红烧排骨饭', nameEn: 'Braised ribs with rice', priceFen: 1800 },
  { id: 'noodles', name: '番茄牛腩面', nameEn: 'Beef and tomato noodles', priceFen: 1650 },
  { id: 'greens', name: '清炒时蔬', nameEn: 'Seasonal greens', priceFen: 600 },
  { id: 'feast', name: '班级聚餐（20 人）', nameEn: 'Class dinner for 20', priceFen: 42000 },
]

/** How many of which dish. */
export type Choice = Readonly<Record<string, number>>

/**
 * What a choice comes to. The page is not asked for prices.
 *
 * @returns undefined for a choice of nothing, or of what is not on the menu.
 */
export function priceChoice(
  choice: Choice,
): { amountFen: number; description: string } | undefined {
  const lines = Object.entries(choice).filter(([, count]) => count > 0)
  let amountFen = 0
  const words: string[] = []
  for (const [id, count] of lines) {
    const dish = menu.find((candidate) => candidate.id === id)
    if (!dish) return undefined
    amountFen += dish.priceFen * count
    words.push(`${dish.name}×${count}`)
  }
  if (lines.length === 0) return undefined
  const description = words.join(' ')
  return {
    amountFen,
    description: description.length > 60 ? `${description.slice(0, 59)}…` : description,
  }
}
