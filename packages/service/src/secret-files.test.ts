import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readSecretFiles } from './secret-files.ts'

const read = (env: Record<string, string>) =>
  readSecretFiles(env, ['PORT_KEY_SECRET', 'DATABASE_URL'])
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'secret-files-'))
  await writeFile(join(folder, 'key'), 'from-a-file\n')
})
afterAll(() => rm(folder, { recursive: true }))

it('takes a secret from its file, without the line’s end, and a given one as it is', () => {
  const file = join(folder, 'key')
  expect(read({ PORT_KEY_SECRET_FILE: file, PORT: '1' })).toMatchObject({
    PORT_KEY_SECRET: 'from-a-file',
    PORT: '1',
  })
  const both = { PORT_KEY_SECRET: 'given', PORT_KEY_SECRET_FILE: file }
  expect(read(both).PORT_KEY_SECRET).toBe('given')
})

it('reads no other file, and names the setting whose file is not there', () => {
  expect(read({ SSL_CERT_FILE: '/nowhere' })).toEqual({ SSL_CERT_FILE: '/nowhere' })
  expect(() => read({ DATABASE_URL_FILE: join(folder, 'none') })).toThrow(
    'DATABASE_URL_FILE cannot be read: ENOENT',
  )
})
