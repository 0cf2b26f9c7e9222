import type { Campus } from '@campus-ecode/protocol/campus'
import type { CreatedSchool, NewSchool, SchoolSettings } from '@campus-ecode/protocol/operator-api'
import { importCampus, type Made } from '../campus/import-campus.ts'
import { prepare, type Tx } from '../db/database.ts'
import type { Services } from '../http/operation.ts'
import { setSchoolEndpoint } from '../webhooks/school-endpoint.ts'
import type { Tell } from './tell-once.ts'

/** Of no use to a school that is new; the file of a demo has them. */
const NO_URLS = { bffUrl: '', coreUrl: '', demoUrl: '' }

/**
 * Makes a school with all but its people, in one transaction (R35). Throws SchoolExists, or CampusError where it does
 * not hold together.
 */
export async function createSchool(
  services: Services,
  school: NewSchool,
  tell: Tell<CreatedSchool> = async () => {},
): Promise<CreatedSchool> {
  const campus: Campus = { ...school, people: [] }
  const describe = ({ secret, merchants, terminals, gates }: Made): CreatedSchool => ({
    schoolId: school.school.id,
    secret,
    merchants,
    terminals: terminals.map(({ kind: _, ...terminal }) => terminal),
    gates,
  })
  const { demo } = await importCampus(services, campus, NO_URLS, undefined, (made) =>
    tell(describe(made)),
  )
  return describe({ ...demo, secret: demo.school.secret })
}

const update = prepare<{ school_id: string }>(
  `update schools
      set name = coalesce($2, name), name_en = coalesce($3, name_en), accent = coalesce($4, accent),
          support_contact = coalesce($5, support_contact), origins = coalesce($6, origins),
          face_at_binding = coalesce($7, face_at_binding),
          limit_ceiling_face_fen = coalesce($8, limit_ceiling_face_fen),
          collection_channels = coalesce($9, collection_channels)
    where school_id = $1
   returning school_id`,
)

/** What is left out stays. @returns Whether there is such a school. */
export async function changeSchool(
  tx: Tx,
  { keys }: Pick<Services, 'keys'>,
  schoolId: string,
  settings: SchoolSettings,
): Promise<boolean> {
  const { name, nameEn, accent, supportContact, origins, webhookUrl } = settings
  const rows = await update(tx, [
    ...[schoolId, name ?? null, nameEn ?? null, accent ?? null, supportContact ?? null],
    ...[origins ?? null, settings.faceAtBinding ?? null, settings.limitCeilingFaceFen ?? null],
    settings.collectionChannels ?? null,
  ])
  if (rows.length === 0) return false
  if (webhookUrl !== undefined) {
    await setSchoolEndpoint(tx, keys, schoolId, webhookUrl ?? undefined)
  }
  return true
}
