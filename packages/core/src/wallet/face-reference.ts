import { z } from 'zod'

const FORM = /^face-(\d{4})-(.{36})$/
const idSchema = z.uuid()

/** What the provider knows a binding's face check by, for ever; it names the school, whose key comes first. */
export function faceReference(schoolId: string, bindingId: string): string {
  return `face-${schoolId}-${bindingId}`
}

/** @returns Undefined for what is no reference of ours. */
export function readFaceReference(
  reference: string,
): { schoolId: string; bindingId: string } | undefined {
  const [, schoolId = '', id] = FORM.exec(reference) ?? []
  const bindingId = idSchema.safeParse(id).data
  return bindingId === undefined ? undefined : { schoolId, bindingId }
}
