import { readFileSync } from 'node:fs'
import { serve } from '@hono/node-server'
import type { School } from './open-session.ts'
import { createSite } from './site.ts'

const { env } = process
const port = Number(env.PORT || 8085)
serve({ fetch: createSite(readSchool()).fetch, hostname: env.HOST || '127.0.0.1', port })
console.log(`script-tag http://127.0.0.1:${port}`)

/** From the environment, or the demo's. */
function readSchool(): School {
  const { SCHOOL_ID: id, SCHOOL_SECRET: secret, BFF_URL: bffUrl } = env
  if (id && secret && bffUrl) return { id, secret, bffUrl }
  const demo = JSON.parse(readFileSync(`${env.DATA_DIR || '.data'}/demo.json`, 'utf8'))
  return { ...demo.school, bffUrl: demo.bffUrl }
}
