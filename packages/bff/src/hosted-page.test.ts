import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadHostedFiles } from './hosted-page.ts'
import { expectProblem, keypadOrigin } from './testing/page.ts'
import { startTestBff, type TestBff } from './testing/test-bff.ts'

let bff: TestBff
beforeAll(async () => {
  bff = await startTestBff()
})
afterAll(() => bff.close())

describe('the hosted page', () => {
  it('is a school’s, loads only files of ours, and has no word of script in it', async () => {
    const response = await fetch(`${bff.url}/h5/1001?screen=pay`)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    const text = await response.text()
    expect(text).toContain('data-school="1001"')
    expect(text).toContain('viewport-fit=cover')
    expect(text).not.toMatch(/<script(?! src="\/)|style=|\bon\w+=/)
    const sources = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path)
    expect(sources).toHaveLength(4)
    for (const path of sources) expect((await fetch(bff.url + path)).status).toBe(200)
  })

  it('may frame the keypad alone, and be framed by nobody', async () => {
    const { headers } = await fetch(`${bff.url}/h5/1001`)
    const policy = Object.fromEntries(
      (headers.get('content-security-policy') ?? '').split('; ').map((directive) => {
        const [name = '', ...values] = directive.split(' ')
        return [name, values.join(' ')]
      }),
    )
    expect(policy).toEqual({
      'default-src': "'none'",
      'script-src': "'self' https://res.wx.qq.com",
      'connect-src': "'self'",
      'style-src': "'self'",
      'img-src': "'self'",
      'frame-src': keypadOrigin,
      'form-action': `'self' ${keypadOrigin} https:`,
      'base-uri': "'none'",
      'frame-ancestors': "'none'",
    })
    expect(headers.get('x-frame-options')).toBe('DENY')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
  })

  it('is fetched anew, its files never', async () => {
    const caching = async (path: string) =>
      (await fetch(bff.url + path)).headers.get('cache-control')
    expect(await caching('/h5/1001')).toBe('no-cache')
    expect(await caching('/h5/hosted-1a2b3c4d.js')).toMatch(/immutable/)
  })

  it.each(['/h5/', '/h5/10011', '/h5/%3Cscript%3E', '/h5/hosted-0.js', '/h5/1001/x'])(
    'is not at %s',
    async (path) => {
      await expectProblem(await fetch(bff.url + path), 'NOT_FOUND')
    },
  )

  it('is a build or the BFF does not start', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'ecode-hosted-'))
    await expect(loadHostedFiles(dir)).rejects.toThrow('not built')
    await writeFile(join(dir, 'a.js'), '')
    await expect(loadHostedFiles(dir)).rejects.toThrow('not built')
  })
})
