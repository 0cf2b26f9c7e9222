/**
 * A core that costs next to nothing: its answers are made beforehand and only signed when asked, on a bare socket.
 * Who does not sign gets them unsigned.
 */
import { createServer, type Socket } from 'node:net'
import { signResponse, verifyRequest } from '@campus-ecode/protocol/http-signature'
import { createSigningKey } from '@campus-ecode/protocol/signing-key'
import { onQuestion, sayReady } from '../lib/questions.ts'
import { createFeed } from './feed.ts'
import { createCutter, type RawMessage, readHeader } from './raw-http.ts'
import { CORE_KEY, ORIGIN_OF_PAGES, personIdOf } from './setting.ts'

const key = createSigningKey({ ...CORE_KEY, algorithm: 'hmac-sha256' })
const feed = createFeed()
const CARD = Buffer.from(
  JSON.stringify({
    status: 'active',
    maskedName: '林*夏',
    maskedCardNo: '2023••••417',
    class: 'student',
    school: {
      id: '1001',
      name: '云杉大学',
      nameEn: 'Spruce University',
      accent: '#14664a',
      supportContact: '一卡通中心 · 021-5555 0101',
    },
    campus: '西校区',
  }),
)
const CODE = Buffer.from(
  JSON.stringify({
    codeId: personIdOf('1'),
    code: '710123456789012345678901',
    account: 'wallet',
    revealed: false,
    issuedAt: '2026-01-01T00:00:00.000Z',
    expiresAt: '2026-01-01T00:01:00.000Z',
  }),
)

const server = createServer((socket) => {
  socket.setNoDelay(true)
  socket.on('error', () => socket.destroy())
  socket.on(
    'data',
    createCutter((request) => void answer(socket, request)),
  )
})
server.listen(0, '127.0.0.1', () => sayReady((server.address() as { port: number }).port))
onQuestion('publish', feed.publish)

async function answer(socket: Socket, request: RawMessage): Promise<void> {
  const { head } = request
  const [method = '', target = ''] = head.slice(0, head.indexOf('\r\n')).split(' ', 2)
  const requestSignature = readHeader(head, 'signature')
  if (requestSignature !== undefined) await checkFirst(method, target, request)
  const [status, body] = await decide(method, target, request.body)
  const headers: Record<string, string> = { 'content-type': 'application/json' }
  const requestId = readHeader(head, 'ecode-request-id')
  if (requestId !== undefined) headers['ecode-request-id'] = requestId
  if (requestSignature !== undefined) {
    const nowMs = Date.now()
    const signed = signResponse({ status, headers, body, requestSignature, key, nowMs })
    Object.assign(headers, signed.headers)
  }
  let text = `HTTP/1.1 ${status} OK\r\ncontent-length: ${body.length}\r\n`
  for (const name in headers) text += `${name}: ${headers[name]}\r\n`
  socket.cork()
  socket.write(`${text}\r\n`, 'latin1')
  socket.write(body)
  socket.uncork()
}

async function decide(method: string, target: string, body: Buffer): Promise<[number, Buffer]> {
  if (method === 'GET' && target.endsWith('/card')) return [200, CARD]
  if (method === 'POST' && target.endsWith('/codes')) return [201, CODE]
  const url = new URL(target, 'http://core')
  if (url.pathname === '/v1/events') return [200, await feed.read(url.searchParams)]
  const subjects = /^\/v1\/schools\/(\d{4})\/subjects$/.exec(target)
  if (subjects) {
    const { cardNo } = JSON.parse(body.toString()) as { cardNo: string }
    const resolved = {
      schoolId: subjects[1],
      personId: personIdOf(cardNo),
      origins: [ORIGIN_OF_PAGES],
    }
    return [200, Buffer.from(JSON.stringify(resolved))]
  }
  throw new Error(`The stand-in has no answer to ${method} ${target}`)
}

let left = 200

/** Whoever measures must know that signatures are right; afterwards checking them would only cost. */
async function checkFirst(method: string, target: string, { head, body }: RawMessage) {
  if (left-- <= 0) return
  const headers: Record<string, string> = {}
  for (const line of head.split('\r\n').slice(1)) {
    const at = line.indexOf(': ')
    headers[line.slice(0, at).toLowerCase()] = line.slice(at + 2)
  }
  const verified = await verifyRequest({
    method,
    target,
    headers,
    body,
    origin: `http://${headers.host}`,
    findKey: (keyId) => (keyId === key.keyId ? key : undefined),
    nowMs: Date.now(),
  })
  if (!verified.ok) throw new Error(`A signature is wrong: ${verified.reason}`)
}
