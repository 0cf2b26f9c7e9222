import { createServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isErrorCode } from './errors.ts'
import { authorityOf, checkRequestTarget, parseRequestTarget } from './request-target.ts'

const origin = 'https://core.bank.example'
const host = ['Host', 'core.bank.example']
const check = (target: string, rawHeaders: string[] = host) =>
  checkRequestTarget({ target, rawHeaders, origin })
const reasonOf = (result: ReturnType<typeof checkRequestTarget>) =>
  result.ok ? 'accepted' : result.reason

describe('request target', () => {
  it('takes a path with or without a query', () => {
    expect(check('/v1/payments')).toEqual({ ok: true })
    expect(check('/v1/payments?a=1&b=[2]|%20')).toEqual({ ok: true })
    expect(parseRequestTarget('/a%2Fb/.well-known/..c?x?y')).toEqual({
      path: '/a%2Fb/.well-known/..c',
      query: '?x?y',
    })
  })

  it('reads an absent and an empty query alike', () => {
    expect(parseRequestTarget('/a')).toEqual({ path: '/a', query: '?' })
    expect(parseRequestTarget('/a?')).toEqual({ path: '/a', query: '?' })
  })

  it.each([
    'https://evil.example/v1/payments',
    'http://core.bank.example/v1/payments',
    '//evil.example/v1',
    '*',
    'core.bank.example:443',
    '',
    'v1/payments',
    '/v1/../admin',
    '/v1/./payments',
    '/v1/%2e%2E/admin',
    '/v1/.%2e',
    '/v1/..',
    '/v1\\..\\admin',
    '/v1/payments#x',
    '/v1/payments?a#x',
    '/v1/%zz',
    '/v1/%2',
    '/v1/pay ments',
    '/v1/payments\n',
    '/v1/校园',
    '/v1/payments?q=校园',
    `/${'a'.repeat(4096)}`,
  ])('refuses %j', (target) => {
    const result = check(target)
    expect(result).toMatchObject({ ok: false, code: 'TARGET_INVALID' })
    expect(reasonOf(result)).toBe('target is not a plain path and query')
  })

  it('answers with a code of the error table', () => {
    const result = check('*')
    expect(!result.ok && isErrorCode(result.code)).toBe(true)
  })
})

describe('received headers', () => {
  it('name the configured authority, in any case, the default port spelt out or not', () => {
    expect(check('/', ['host', 'CORE.Bank.Example'])).toEqual({ ok: true })
    expect(check('/', ['host', 'core.bank.example:443'])).toEqual({ ok: true })
    const local = { target: '/', origin: 'http://127.0.0.1:8081' }
    expect(checkRequestTarget({ ...local, rawHeaders: ['Host', '127.0.0.1:8081'] }).ok).toBe(true)
    expect(checkRequestTarget({ ...local, rawHeaders: ['Host', '127.0.0.1'] }).ok).toBe(false)
    const plain = { target: '/', origin: 'http://core.bank.example' }
    expect(checkRequestTarget({ ...plain, rawHeaders: [...host] }).ok).toBe(true)
    expect(checkRequestTarget({ ...plain, rawHeaders: ['Host', `${host[1]}:80`] }).ok).toBe(true)
    expect(checkRequestTarget({ ...plain, rawHeaders: ['Host', `${host[1]}:443`] }).ok).toBe(false)
  })

  it.each([
    ['absent', []],
    ['empty', ['Host', '']],
    ['another', ['Host', 'evil.example']],
    ['on another port', ['Host', 'core.bank.example:8443']],
    ['with user information', ['Host', 'x@core.bank.example']],
    ['a list', ['Host', 'core.bank.example, evil.example']],
  ])('are refused with a Host that is %s', (_, rawHeaders) => {
    expect(reasonOf(check('/', rawHeaders))).toBe('Host is not the configured one')
  })

  it.each([
    'Host',
    'Content-Type',
    'Content-Length',
    'Content-Digest',
    'Signature',
    'Signature-Input',
    'Authorization',
    'DPoP',
    'Transfer-Encoding',
    'Content-Encoding',
  ])('are refused with a second %s, even an equal one', (name) => {
    const value = name === 'Host' ? 'core.bank.example' : 'x'
    const rawHeaders = [...host, name, value, name.toUpperCase(), value]
    expect(reasonOf(check('/', rawHeaders))).toBe(`${name.toLowerCase()} is repeated`)
  })

  it('are refused with a second ecode- header or a second of any covered one', () => {
    const signed = [...host, 'Signature-Input', 'ecode=("@method" "date");created=1']
    expect(reasonOf(check('/', [...host, 'Ecode-A', '1', 'ecode-a', '2']))).toBe(
      'a signed header is repeated',
    )
    expect(reasonOf(check('/', [...signed, 'Date', 'x', 'date', 'y']))).toBe(
      'a signed header is repeated',
    )
    expect(check('/', [...signed, 'Accept', 'x', 'Accept', 'y'])).toEqual({ ok: true })
  })

  it('are refused beyond the limits, and taken at them', () => {
    const many = (count: number) => [
      ...host,
      ...Array.from({ length: count - 1 }, (_, i) => [`x-${i}`, '1']).flat(),
    ]
    expect(check('/', many(100)).ok).toBe(true)
    expect(reasonOf(check('/', many(101)))).toBe('too many headers')
    expect(check('/', [...host, 'n'.repeat(128), 'v'.repeat(8192)]).ok).toBe(true)
    expect(reasonOf(check('/', [...host, 'n'.repeat(129), 'v']))).toBe('a header is too long')
    expect(reasonOf(check('/', [...host, 'n', 'v'.repeat(8193)]))).toBe('a header is too long')
  })
})

describe('authority', () => {
  it('is host and port, without the default port, in lower case', () => {
    expect(authorityOf('https://Core.Bank.Example:443/')).toBe('core.bank.example')
    expect(authorityOf('http://[::1]:8081')).toBe('[::1]:8081')
  })

  it.each([
    'https://a.example/path',
    'https://a.example/?q',
    'https://a.example/#h',
    'https://user@a.example',
    'https://:pw@a.example',
    'ftp://a.example',
    'a.example',
  ])('is not read from %s', (bad) => {
    expect(() => authorityOf(bad)).toThrow(TypeError)
  })
})

describe('what Node hands over from the wire', () => {
  const received: IncomingMessage[] = []
  const server = createServer((incoming, answer) => {
    received.push(incoming)
    answer.end()
  })
  beforeAll(() => new Promise<void>((done) => server.listen(0, '127.0.0.1', done)))
  afterAll(() => new Promise<void>((done) => server.close(() => done())))

  async function sendLines(...lines: string[]) {
    const { port } = server.address() as AddressInfo
    await new Promise<void>((done, fail) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.end([...lines, 'Connection: close', '', ''].join('\r\n'))
      })
      socket
        .on('error', fail)
        .on('close', () => done())
        .resume()
    })
    const incoming = received.pop()
    return checkRequestTarget({
      target: incoming?.url ?? '',
      rawHeaders: incoming?.rawHeaders ?? [],
      origin: 'http://core.test',
    })
  }

  it('passes when it is plain', async () => {
    expect(await sendLines('GET /v1 HTTP/1.1', 'Host: core.test')).toEqual({ ok: true })
  })

  it('is refused with an absolute-form target, whatever Host says', async () => {
    const result = await sendLines('GET http://evil.test/v1 HTTP/1.1', 'Host: core.test')
    expect(reasonOf(result)).toBe('target is not a plain path and query')
  })

  it('is refused with two Host lines, though Node shows only the first', async () => {
    const result = await sendLines('GET /v1 HTTP/1.1', 'Host: core.test', 'Host: evil.test')
    expect(reasonOf(result)).toBe('host is repeated')
  })

  it('is refused with a second content type, though Node shows only the first', async () => {
    const lines = ['Host: core.test', 'Content-Type: application/json', 'content-type: text/plain']
    expect(reasonOf(await sendLines('GET /v1 HTTP/1.1', ...lines))).toBe('content-type is repeated')
  })
})
