import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestCampus, type TestCampus } from '../testing/campus.ts'
import { createCallerKeys, terminalKeyContext } from './caller-keys.ts'

let campus: TestCampus
beforeAll(async () => {
  campus = await createTestCampus()
})
afterAll(() => campus.close())

const material = (keyId: string) => ({
  keyId,
  algorithm: 'hmac-sha256' as const,
  secret: randomBytes(32).toString('base64url'),
})

describe('callers’ keys', () => {
  it('are two for the BFF while one is being replaced', async () => {
    const keys = [material('bff-1'), material('bff-2')]
    const find = createCallerKeys(campus.services, keys)
    for (const { keyId } of keys) {
      expect((await find(keyId))?.caller).toEqual({ kind: 'bff', keyId })
    }
    expect(await find('bff-3')).toBeUndefined()
  })

  it('include the real-name provider’s, which is no BFF', async () => {
    const provider = material('face-1')
    const find = createCallerKeys(campus.services, [material('bff-1')], provider)
    expect((await find('face-1'))?.caller).toEqual({ kind: 'provider', keyId: 'face-1' })
  })

  it('cost the database one look for many requests, known or unknown', async () => {
    const { terminal, services } = campus
    const context = terminalKeyContext(terminal.schoolId, terminal.terminalId)
    const { secret } = material('x')
    await services.db.pool.query('update terminals set sealed_key = $2 where terminal_id = $1', [
      terminal.terminalId,
      await services.keys.seal(context, secret),
    ])
    let opened = 0
    let asked = 0
    const pool = new Proxy(services.db.pool, {
      get(target, name, receiver) {
        if (name === 'query') asked++
        return Reflect.get(target, name, receiver)
      },
    })
    const find = createCallerKeys(
      {
        db: { ...services.db, pool },
        keys: {
          ...services.keys,
          open: (...args) => {
            opened++
            return services.keys.open(...args)
          },
        },
      },
      [],
    )
    const found = await Promise.all(Array.from({ length: 50 }, () => find(terminal.keyId)))
    for (const one of found) expect(one?.caller).toEqual(terminal)
    await Promise.all(Array.from({ length: 50 }, () => find('1001.t.nobody-here')))
    // Ids that no terminal can have are not even looked for.
    for (const keyId of ['', 'x', '1001.t.short', "1001.t.' or 1=1 --"]) await find(keyId)
    expect([asked, opened]).toEqual([2, 1])
  })
})
