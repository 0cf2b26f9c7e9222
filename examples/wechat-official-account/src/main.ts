import { readFileSync } from 'node:fs'
import { serve } from '@hono/node-server'
import { createSite } from './site.ts'

const { env } = process
const port = Number(env.OFFICIAL_ACCOUNT_PORT || 8094)
const demo = JSON.parse(readFileSync(`${env.DATA_DIR || '.data'}/demo.json`, 'utf8'))
const site = createSite({
  id: env.SCHOOL_ID || demo.school.id,
  bffUrl: env.BFF_URL || demo.bffUrl,
  keypadUrl: env.KEYPAD_ORIGIN || 'http://127.0.0.1:8088',
  wechatScriptUrl: env.WECHAT_SCRIPT_ORIGIN || 'http://127.0.0.1:8089',
})
serve({ fetch: site.fetch, hostname: env.HOST || '127.0.0.1', port })
console.log(`official account's page http://127.0.0.1:${port}`)
