/** Whose password it is; part of the hash's pepper. */
export function passwordContext(schoolId: string, personId: string): string {
  return `passwords/${schoolId}/${personId}`
}

/** Whose words of recognition they are (R16). */
export function phraseContext(schoolId: string, personId: string): string {
  return `phrases/${schoolId}/${personId}`
}

/** R26: whose water password it is. */
export function waterPasswordContext(schoolId: string, personId: string): string {
  return `water-passwords/${schoolId}/${personId}`
}
