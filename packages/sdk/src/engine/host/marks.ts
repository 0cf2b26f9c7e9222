/** What this browser remembers of a person's wishes. Nothing of it is missed when it is gone. */
export interface Marks {
  shakes?: boolean
  hinted?: boolean
}

const placeOf = (key: string) => `${key} marks`

export function readMarks(key: string): Marks {
  try {
    return Object(JSON.parse(localStorage.getItem(placeOf(key)) as string))
  } catch {
    return {}
  }
}

/** @returns Whether it was kept. */
export function writeMarks(key: string, marks: Marks): boolean {
  try {
    localStorage.setItem(placeOf(key), JSON.stringify(marks))
    return true
  } catch {
    return false
  }
}
