import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundlePrograms } from '@campus-ecode/protocol/testing/bundle-programs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { inTransaction } from '../db/database.ts'
import { createTestCampus, SCHOOL, type TestCampus } from '../testing/campus.ts'
import { UsageError } from '../usage-error.ts'
import { schoolEndpointId, setSchoolEndpoint } from './school-endpoint.ts'
import { insertWebhooks } from './store.ts'
import { runWebhooks } from './webhooks-command.ts'

const ID = '0198c6f2-9c1e-7d5a-8a63-5d3f8c1b2a10'
let campus: TestCampus
let folder: string
let programs: Awaited<ReturnType<typeof bundlePrograms>>
beforeAll(async () => {
  campus = await createTestCampus()
  folder = await mkdtemp(join(tmpdir(), 'webhooks-'))
  programs = await bundlePrograms(new URL('..', import.meta.url), {
    main: 'keys/main.ts',
    cli: 'cli.ts',
  })
  const endpointId = schoolEndpointId(SCHOOL)
  await inTransaction(campus.db.pool, async (tx) => {
    await setSchoolEndpoint(tx, campus.services.keys, SCHOOL, 'https://school.example/hooks')
    const told = { schoolId: SCHOOL, endpointId, type: 'person.paid', data: {} }
    await insertWebhooks(tx, [
      { ...told, webhookId: ID, at: new Date('2026-10-31T04:00:00Z') },
      { ...told, webhookId: ID.replace('10', '11'), at: new Date('2026-10-31T05:00:00Z') },
    ])
    await tx.query(`update webhooks set next_attempt_at = null, failure = 'answered 500'`)
  })
})
afterAll(async () => {
  await programs.remove()
  await campus.close()
  await rm(folder, { recursive: true })
})

function run(...args: string[]): Promise<{ status: number; output: string }> {
  const env = {
    PATH: process.env['PATH'],
    DATA_DIR: folder,
    DATABASE_URL: campus.db.url,
    PORT_KEY_ID: 'core-1',
    PORT_KEY_SECRET: randomBytes(32).toString('base64url'),
    BANK_URL: 'http://127.0.0.1:1/bank',
    ONE_CARD_URL: 'http://127.0.0.1:1/one-card',
    SMS_URL: 'http://127.0.0.1:1/sms',
    LOG_LEVEL: 'silent',
  }
  const all = [programs.pathOf('cli'), 'webhooks', ...args, '--school', SCHOOL]
  return new Promise((resolve) => {
    execFile(process.execPath, all, { env }, (error, out, err) => {
      resolve({ status: Number(error?.code ?? 0), output: out + err })
    })
  })
}

it('R41: an operator has the secret, sees how it went, and sends again', async () => {
  const secret = await run('secret', '--rotate')
  expect(secret.output).toMatch(/^https:\/\/school\.example\/hooks\nwhsec_[A-Za-z0-9+/]{43}=\n$/)

  const listed = await run('list', '--state', 'given_up')
  expect(listed.output.split('\n')[1]).toBe(
    `2026-10-31T04:00:00.000Z  ${ID}  person.paid  given_up  0 tries, answered 500`,
  )
  expect((await run('replay', '--id', ID)).output).toBe('1 will be sent again\n')
  const span = ['--from=2026-10-31T12:00+08:00', '--until=2026-10-31T14:00+08:00']
  const again = await run('replay', ...span, '--state', 'given_up')
  expect(again.output).toBe('1 will be sent again\n')
  const { rows } = await campus.db.pool.query(
    'select next_attempt_at <= now() as due from webhooks',
  )
  expect(rows).toEqual([{ due: true }, { due: true }])
})

it.each([['replay'], ['replay --until noon'], ['list --state lost'], ['lists'], ['']])(
  'what is not said rightly is not done: %s',
  async (line) => {
    const args = [...line.split(' ').filter(Boolean), '--school', SCHOOL]
    await expect(runWebhooks(args, {}, () => {})).rejects.toBeInstanceOf(UsageError)
  },
)
