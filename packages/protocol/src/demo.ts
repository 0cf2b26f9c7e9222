import { z } from 'zod'
import { rootKeySchema } from './access-keys.ts'
import { terminalKindSchema } from './campus.ts'
import { payTokenSchema } from './payments.ts'
import { idSchema, personClassSchema, schoolIdSchema } from './shapes.ts'

/** `$DATA_DIR/demo.json`: all that an outside client of the demo needs. Documented in docs/demo.md. */
export const demoSchema = z
  .object({
    bffUrl: z.url(),
    coreUrl: z.url(),
    demoUrl: z.url(),
    school: z.object({ id: schoolIdSchema, secret: z.string() }),
    people: z.array(
      z.object({
        id: idSchema,
        cardNo: z.string(),
        name: z.string(),
        class: personClassSchema,
        tokens: z.array(payTokenSchema).default([]).describe('R29: what readers give for them'),
      }),
    ),
    merchants: z.array(z.object({ id: idSchema, name: z.string() })),
    terminals: z.array(
      z.object({
        id: idSchema,
        name: z.string().optional(),
        kind: terminalKindSchema.default('till'),
        merchantId: idSchema,
        keyId: z.string(),
        secret: z.string(),
        webhookSecret: z
          .string()
          .optional()
          .describe('Online: what notices are signed with, `whsec_…` (R38)'),
        collectionUrl: z.url().optional().describe('Tills: their collection code (R24)'),
      }),
    ),
    gates: z
      .array(z.object({ id: idSchema, name: z.string(), keyId: z.string(), secret: z.string() }))
      .default([]),
    accessRoot: rootKeySchema.optional().describe('What gates are set up with'),
  })
  .meta({ id: 'Demo' })
export type Demo = z.infer<typeof demoSchema>
