import type { AccessOverview } from '@campus-ecode/protocol/access'
import type { AccessPurpose } from '@campus-ecode/protocol/access-code'
import type { Translate } from '../../strings/translate.ts'

const ZONES_MAX = 4

/**
 * R40: where a scene works, in words. A campus is named where there is more than one, or where it is
 * not the person's own.
 */
export function describePlaces(
  places: AccessOverview['places'],
  purpose: AccessPurpose,
  ownCampus: string | null | undefined,
  t: Translate,
): string {
  const wanted = places.filter((place) => place.purpose === purpose)
  if (!wanted.length) return ''
  const isOwn = (campus: string | null) => campus === null || campus === ownCampus
  // One's own campus first.
  const sorted = [...wanted].sort((a, b) => Number(isOwn(b.campus)) - Number(isOwn(a.campus)))
  const named = sorted.some(({ campus }) => !isOwn(campus))
  const shown = sorted.slice(0, ZONES_MAX)
  const groups = new Map<string, string[]>()
  for (const { campus, zone } of shown) {
    const name = (named && campus) || ''
    groups.set(name, [...(groups.get(name) ?? []), zone])
  }
  const words = [...groups].map(([campus, zones]) => {
    const joined = zones.join(t('sceneAnd'))
    return campus ? t('sceneCampus', { campus, zones: joined }) : joined
  })
  const list = words.join(t('sceneThen'))
  return wanted.length > shown.length
    ? t('sceneWhereMore', { places: list, n: wanted.length })
    : t('sceneWhere', { places: list })
}
