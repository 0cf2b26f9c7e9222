import { z } from 'zod'

export const MANIFEST_NAME = 'backup.json'
export const KEYRING_NAME = 'keyring.age'

/** What a backup says of itself: what is in it, and how to know that all of it is still there. */
export const manifestSchema = z.strictObject({
  format: z.literal('campus-ecode-backup/1'),
  takenAt: z.iso.datetime(),
  server: z.string(),
  migrations: z.array(z.strictObject({ name: z.string(), sha256: z.string() })),
  tables: z.array(
    z.strictObject({
      name: z.string().regex(/^[a-z_]+$/),
      columns: z.array(z.string().regex(/^[a-z0-9_]+$/)),
      rowCount: z.int().min(0),
      file: z.string().regex(/^[a-z_]+\.copy\.gz$/),
      bytes: z.int(),
      sha256: z.string().length(64),
    }),
  ),
  /** Sealed beside it, or kept elsewhere: without it sealed data and enrolled phones are useless. */
  keyring: z.enum(['sealed', 'elsewhere']),
})
export type Manifest = z.output<typeof manifestSchema>
export type BackupTable = Manifest['tables'][number]
