import { z } from 'zod'
import { base64UrlSchema, idSchema, instantSchema, schoolIdSchema } from './shapes.ts'

/**
 * What a session may be used for; each person route names one. `collection` is R24's: merchants' printed codes are paid
 * in the school's app, and elsewhere only where the school allows it (docs/decisions/0043).
 */
export const scopeSchema = z.enum(['card', 'pay', 'bill', 'wallet', 'access', 'collection'])
export type Scope = z.infer<typeof scopeSchema>
export const allScopes: Scope[] = scopeSchema.options

/** What the BFF says to a session without it. Where the right app is, a person at a counter has to be told. */
export function refusalWithout(scope: Scope): 'COLLECTION_NOT_HERE' | 'SCOPE_MISSING' {
  return scope === 'collection' ? 'COLLECTION_NOT_HERE' : 'SCOPE_MISSING'
}

/**
 * In place of a thumbprint, by a page that can have no key since it is not on https: it wants a ticket with
 * which the BFF's own page is opened instead.
 */
export const TICKET_WANTED = 'ticket'

/**
 * What a school's server sends to the BFF for a page that wants a session, with
 * `Authorization: Basic base64(schoolId:secret)`.
 */
export const createSessionSchema = z
  .strictObject({
    subject: z.strictObject({
      cardNo: z
        .string()
        .min(1)
        .max(32)
        .describe('Student or staff number, asserted by the school (R1, R2a)'),
    }),
    thumbprint: z
      .union([base64UrlSchema.length(43), z.literal(TICKET_WANTED)])
      .describe(
        "JWK SHA-256 thumbprint of the page's key (RFC 7638), or `ticket`, as the provider function received it",
      ),
    scopes: z.array(scopeSchema).min(1).optional().describe('All, when left out'),
  })
  .meta({ id: 'CreateSession' })
export type CreateSession = z.infer<typeof createSessionSchema>

/** Of a session, for its page: what it need not offer. The token itself says it to the BFF. */
export const grantedScopesSchema = z.array(scopeSchema).describe('What the session may do')

/** Given to the page as it is. The token is opaque and bound to the page's key. */
export const sessionSchema = z
  .object({ token: z.string(), expiresAt: instantSchema, scopes: grantedScopesSchema })
  .meta({ id: 'Session' })
export type Session = z.infer<typeof sessionSchema>

/** In its place where a ticket was wanted: `url` is the BFF's own page, which is opened at top level. */
export const ticketSessionSchema = z
  .object({ url: z.url(), expiresAt: instantSchema })
  .meta({ id: 'TicketSession' })

/** BFF → core: checks the school's secret, finds the person and notes the sign-in. */
export const resolveSubjectSchema = z
  .strictObject({
    secret: z.string().min(16).max(128),
    cardNo: z.string().min(1).max(32),
    scopes: z.array(scopeSchema).min(1).describe('Of the session to be opened (R6)'),
  })
  .meta({ id: 'ResolveSubject' })

export const resolvedSubjectSchema = z
  .object({
    schoolId: schoolIdSchema,
    personId: idSchema,
    origins: z.array(z.string()).describe('Origins whose pages may use the session'),
  })
  .meta({ id: 'ResolvedSubject' })
export type ResolvedSubject = z.infer<typeof resolvedSubjectSchema>
