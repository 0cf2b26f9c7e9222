import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'

/**
 * Sends bytes that no client library would, and reads until the other side closes.
 *
 * @returns Status and body of the reply, or undefined when the connection was closed without one.
 */
export function exchangeRaw(
  origin: string,
  head: string[],
): Promise<{ status: number; text: string } | undefined> {
  const { protocol, hostname, port } = new URL(origin)
  const secure = protocol === 'https:'
  const at = { host: hostname.replaceAll(/[[\]]/g, ''), port: Number(port || (secure ? 443 : 80)) }
  return new Promise((resolve, reject) => {
    const socket = secure ? connectTls({ ...at, servername: hostname }) : connect(at)
    const chunks: Buffer[] = []
    socket.setTimeout(10_000, () => socket.destroy(new Error('no reply')))
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('error', reject)
    socket.on('close', () => {
      const reply = Buffer.concat(chunks).toString('latin1')
      const match = /^HTTP\/1\.1 (\d{3}) /.exec(reply)
      const text = reply.slice(reply.indexOf('\r\n\r\n') + 4)
      resolve(match ? { status: Number(match[1]), text } : undefined)
    })
    socket.write([...head, 'connection: close', '', ''].join('\r\n'))
  })
}
