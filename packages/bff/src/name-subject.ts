import { createHash } from 'node:crypto'

/** What a page calls the person: always the same, and of no use anywhere else. */
export function nameSubject({
  schoolId,
  personId,
}: {
  schoolId: string
  personId: string
}): string {
  const digest = createHash('sha256').update(`ecode-subject/${schoolId}/${personId}`).digest()
  return digest.toString('base64url').slice(0, 22)
}
