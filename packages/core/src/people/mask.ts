/** 林知夏 becomes 林*夏, 张三 becomes 张*; of longer names only both ends stay. */
export function maskName(name: string): string {
  const [first = '', ...rest] = Array.from(name.trim())
  const last = rest.at(-1) ?? ''
  if (rest.length <= 1) return `${first}*`
  return `${first}${'*'.repeat(Math.min(rest.length - 1, 3))}${last}`
}

/** 20231234417 becomes 2023••••417: seven characters at most stay, and of short numbers half. */
export function maskCardNo(cardNo: string): string {
  const characters = Array.from(cardNo)
  const { length } = characters
  const shown = Math.min(7, Math.max(Math.floor(length / 2), length - 4))
  const end = Math.floor(shown / 2)
  return `${characters.slice(0, shown - end).join('')}••••${characters.slice(length - end).join('')}`
}
