import { cp, mkdtemp, rename, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadSdkFiles } from './sdk-files.ts'
import { expectProblem } from './testing/page.ts'
import { sendRaw } from './testing/raw-request.ts'
import { startTestBff, type TestBff, writeSdk } from './testing/test-bff.ts'

let bff: TestBff
beforeAll(async () => {
  bff = await startTestBff()
})
afterAll(() => bff.close())

/** fetch() would unpack by itself. */
function getRaw(path: string, headers: Record<string, string>) {
  return new Promise<{ headers: Record<string, unknown>; body: Buffer }>((resolve, reject) => {
    request(bff.url + path, { headers }, async (response) => {
      const chunks: Buffer[] = []
      for await (const chunk of response) chunks.push(chunk)
      resolve({ headers: response.headers, body: Buffer.concat(chunks) })
    })
      .on('error', reject)
      .end()
  })
}

describe('the SDK as it is served', () => {
  it('may be loaded by any page, with its type and nothing to sniff', async () => {
    const response = await fetch(`${bff.url}/v1/ecode.js`, {
      headers: { origin: 'https://a.example' },
    })
    expect(response.status).toBe(200)
    expect(await response.text()).toContain('loader')
    expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    expect(response.headers.get('cross-origin-resource-policy')).toBe('cross-origin')
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
  })

  it('keeps the loader for five minutes and everything named exactly for ever', async () => {
    const caching = async (path: string) =>
      (await fetch(bff.url + path)).headers.get('cache-control')
    expect(await caching('/v1/ecode.js')).toMatch(/^public, max-age=300, stale-while-revalidate=/)
    expect(await caching('/v1/manifest.json')).toMatch(/max-age=300/)
    for (const path of [
      '/v1/assets/card-1a2b3c4d.js',
      '/0.1.0/ecode.js',
      '/0.1.0/assets/card-1a2b3c4d.js',
    ]) {
      expect(await caching(path)).toBe('public, max-age=31536000, immutable')
    }
  })

  it('is packed as the browser takes it', async () => {
    const plain = await getRaw('/v1/ecode.js', {})
    const br = await getRaw('/v1/ecode.js', { 'accept-encoding': 'gzip, deflate, br' })
    const gzip = await getRaw('/v1/ecode.js', { 'accept-encoding': 'gzip, br;q=0' })
    expect(plain.headers['content-encoding']).toBeUndefined()
    expect(br.headers['content-encoding']).toBe('br')
    expect(brotliDecompressSync(br.body)).toEqual(plain.body)
    expect(gzip.headers['content-encoding']).toBe('gzip')
    expect(gunzipSync(gzip.body)).toEqual(plain.body)
    for (const { headers, body } of [plain, br, gzip]) {
      expect(headers.vary).toBe('accept-encoding')
      expect(headers['content-length']).toBe(`${body.length}`)
    }
    const tiny = await getRaw('/v1/assets/card-1a2b3c4d.js', { 'accept-encoding': 'br' })
    expect(tiny.headers['content-encoding']).toBeUndefined()
  })

  it('is not sent again when it is the same', async () => {
    const etag = (await fetch(`${bff.url}/v1/ecode.js`)).headers.get('etag') ?? ''
    expect(etag).toMatch(/^W\/"[\w-]{22}"$/)
    for (const tags of [etag, `"other", ${etag}`, '*']) {
      const again = await fetch(`${bff.url}/v1/ecode.js`, { headers: { 'if-none-match': tags } })
      expect(again.status).toBe(304)
      expect(await again.text()).toBe('')
    }
    const other = await fetch(`${bff.url}/v1/ecode.js`, { headers: { 'if-none-match': '"x"' } })
    expect(other.status).toBe(200)
  })

  it('takes HEAD and nothing that writes', async () => {
    const head = await fetch(`${bff.url}/v1/ecode.js`, { method: 'HEAD' })
    expect(head.status).toBe(200)
    expect(await head.text()).toBe('')
    const put = await fetch(`${bff.url}/v1/ecode.js`, { method: 'PUT', body: 'x' })
    await expectProblem(put, 'METHOD_NOT_ALLOWED')
  })

  it.each([
    '/v1/assets/..%2Fmanifest.json',
    '/v1/assets/%2e%2e%2f%2e%2e%2fpackage.json',
    '/v1/assets/',
    '/v1/assets',
    '/0.1.0/../v1/ecode.js',
    '/9.9.9/ecode.js',
    '/v1//ecode.js',
    '/v1/assets/card-1a2b3c4d.js%00',
  ])('knows only its own files, so not %s', async (path) => {
    const line = `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`
    const answer = await sendRaw(bff.url, line)
    expect([400, 404]).toContain(answer.status)
    expect(answer.head).toContain('application/problem+json')
  })

  it('goes on serving exact versions of earlier releases, and the parts that pages still ask for', async () => {
    const dir = await writeSdk()
    const earlier = join(dir, 'earlier', 'any-name')
    await cp(await writeSdk(), earlier, { recursive: true })
    await writeFile(join(earlier, 'ecode.js'), 'earlier loader')
    await rename(join(earlier, 'assets/card-1a2b3c4d.js'), join(earlier, 'assets/card-0000.js'))
    const manifest = { version: '0.0.9', integrity: { 'ecode.js': 'sha384-earlier' } }
    await writeFile(join(earlier, 'manifest.json'), JSON.stringify(manifest))
    const files = await loadSdkFiles(dir)
    const text = (path: string) => files.get(path)?.bodies.at(-1)?.[1].toString()
    expect(text('/0.0.9/ecode.js')).toBe('earlier loader')
    expect(text('/v1/ecode.js')).toContain('window.ECode')
    for (const path of ['/0.0.9/assets/card-0000.js', '/v1/assets/card-0000.js']) {
      expect(files.get(path)?.cacheControl).toContain('immutable')
    }
    expect(JSON.parse(text('/v1/manifest.json') ?? '').version).toBe('0.1.0')
    expect(JSON.parse(text('/0.0.9/manifest.json') ?? '').version).toBe('0.0.9')
  })

  it('is a build or the BFF does not start', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'ecode-sdk-'))
    await expect(loadSdkFiles(dir)).rejects.toThrow(/manifest\.json/)
  })
})
