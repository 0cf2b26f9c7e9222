import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { signResponse, verifyRequest } from '@campus-ecode/protocol/http-signature'
import { createSigningKey, type SigningKey } from '@campus-ecode/protocol/signing-key'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fetchJournalFile } from './fetch-journal-file.ts'

const createKey = (fill: string) =>
  createSigningKey({
    keyId: 'core-1',
    algorithm: 'hmac-sha256',
    secret: Buffer.alloc(32, fill).toString('base64url'),
  })
const key = createKey('k')
let scene: { status: number; text: string; signer: SigningKey | undefined }
let asked: string[] = []
let server: Server
let origin: string

beforeAll(async () => {
  server = createServer(async (incoming, outgoing) => {
    const { method = '', url: target = '', headers } = incoming
    const nowMs = Date.now()
    const verified = await verifyRequest({
      method,
      origin,
      target,
      headers,
      findKey: () => key,
      nowMs,
    })
    if (!verified.ok) return void outgoing.writeHead(401).end()
    asked.push(`${method} ${target}`)
    const { status, text, signer } = scene
    const type = { 'content-type': 'text/csv; charset=utf-8' }
    const requestSignature = verified.signature
    const signed =
      signer &&
      signResponse({ status, headers: type, body: text, requestSignature, key: signer, nowMs })
    outgoing.writeHead(status, { ...type, ...signed?.headers }).end(text)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const fetchFile = async (given: typeof scene) => {
  scene = given
  asked = []
  const config = { url: `${origin}/bank`, key, now: () => Date.now() }
  const body = await fetchJournalFile(config, '2026-09-01')
  return body && Buffer.from(body).toString('utf8')
}

describe('the daily file', () => {
  it('is fetched and taken for theirs when it is signed for the request', async () => {
    expect(await fetchFile({ status: 200, text: '文件\n', signer: key })).toBe('文件\n')
    expect(asked).toEqual(['GET /bank/v1/journal-files/2026-09-01'])
  })

  it('is not there when they say so, signed', async () => {
    const text = '{"error":"NOT_FOUND"}'
    expect(await fetchFile({ status: 404, text, signer: key })).toBeUndefined()
  })

  it.each([
    ['nobody signed it', { status: 200, text: '', signer: undefined }],
    ['nobody signed that there is none', { status: 404, text: '', signer: undefined }],
    ['somebody else signed it', { status: 200, text: '', signer: createKey('x') }],
    ['it is another answer', { status: 500, text: '', signer: key }],
  ])('is refused when %s', async (_, given) => {
    await expect(fetchFile(given)).rejects.toThrow('daily file')
  })
})
