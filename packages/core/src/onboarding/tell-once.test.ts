import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newSchoolSchema } from '@campus-ecode/protocol/operator-api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'
import { createSchool } from './create-school.ts'
import { rotateKey } from './rotate-key.ts'
import { tellOnce } from './tell-once.ts'
import { importTerminalRows } from './terminal-rows.ts'

let core: HttpCore
let folder: string
beforeAll(async () => {
  core = await createHttpCore()
  folder = await mkdtemp(join(tmpdir(), 'ecode-told-'))
})
afterAll(async () => {
  await core.close()
  await rm(folder, { recursive: true, force: true })
})

const diskFull = async () => {
  throw new Error('no space left on device')
}
const school = (id: string) =>
  newSchoolSchema.parse({
    school: {
      id,
      name: '青江学院',
      nameEn: 'Qingjiang College',
      accent: '#0f766e',
      supportContact: '',
      origins: [],
    },
    merchants: [{ key: 'canteen', name: '第一食堂', terminals: [{ name: '1号窗口' }] }],
  })
/** Everything that has to do with keys. */
const keys = async () =>
  (
    await core.db.pool.query(
      `select (select json_agg(s order by school_id) from schools s) as schools,
              (select json_agg(t order by terminal_id) from terminals t) as terminals,
              (select json_agg(k order by key_id) from previous_keys k) as before`,
    )
  ).rows[0]

describe('what is told once', () => {
  it('is told before it is true: with a disk that is full nothing is made and no key changes', async () => {
    const { services, terminal } = core
    const { schoolId, terminalId: id } = terminal
    const before = await keys()
    const { rows: merchants } = await core.db.pool.query('select name from merchants limit 1')
    const rows = [{ line: 2, cells: { merchant: merchants[0].name, name: '9号窗口' } }]
    const owners = [
      { kind: 'school', schoolId },
      { kind: 'terminal', schoolId, id },
    ] as const
    for (const work of [
      () => createSchool(services, school('2101'), diskFull),
      () => importTerminalRows(services, schoolId, rows, new Set(), true, diskFull),
      ...owners.map((owner) => () => rotateKey(services, owner, 0, { tell: diskFull })),
    ]) {
      await expect(work()).rejects.toThrow('no space left')
    }
    expect(await keys()).toEqual(before)
  })

  it('stays told when something fails after it was committed', async () => {
    const out = join(folder, 'school.json')
    const { pool } = core.db
    const services = {
      ...core.services,
      db: {
        ...core.db,
        pool: new Proxy(pool, {
          get: (of, name) =>
            name === 'query'
              ? (...[text, ...rest]: [string]) =>
                  text.startsWith?.('analyze') ? diskFull() : pool.query(text, ...rest)
              : Reflect.get(of, name, of),
        }),
      },
    }
    await expect(
      tellOnce(out, (tell) => createSchool(services, school('2102'), tell)),
    ).rejects.toThrow('no space left')
    const { rows } = await pool.query(`select from schools where school_id = '2102'`)
    expect(rows).toHaveLength(1)
    const told = JSON.parse(await readFile(out, 'utf8'))
    expect(told).toMatchObject({ schoolId: '2102', terminals: [{ secret: expect.any(String) }] })
    expect((await stat(out)).mode & 0o777).toBe(0o600)
  })

  it('leaves no file when nothing was told, touches none that is there, and is whole when told again', async () => {
    const out = join(folder, 'twice.json')
    await expect(tellOnce(out, diskFull)).rejects.toThrow('no space left')
    expect(existsSync(out)).toBe(false)
    await tellOnce(out, async (tell) => {
      await tell({ secret: 'of a transaction that is run again' })
      await tell({ secret: 'short' })
    })
    expect(await readFile(out, 'utf8')).toBe('{\n  "secret": "short"\n}\n')
    await expect(tellOnce(out, async () => {})).rejects.toThrow('is there already')
    expect(existsSync(out)).toBe(true)
  })
})
