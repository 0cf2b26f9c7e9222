import type { Context } from 'hono'
import type { z } from 'zod'
import type { SignedEnv } from './signed-calls.ts'

/** The body of a signed call; undefined when it has another form. */
export function parseBody<S extends z.ZodType>(
  c: Context<SignedEnv>,
  schema: S,
): z.output<S> | undefined {
  return schema.safeParse(c.get('body')).data
}
