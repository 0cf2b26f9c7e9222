import { connect, type Socket } from 'node:net'

/** A message whose body, if any, has a stated length: what our stand-ins send and get, cheaper than a full parser. */
export interface RawMessage {
  /** Start line and headers, without the empty line. */
  head: string
  body: Buffer
}

/**
 * Cuts what arrives on a socket into messages. For both ends of a benchmark, so that neither is what is measured;
 * nothing else should read HTTP like this.
 */
export function createCutter(take: (message: RawMessage) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0)
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    while (true) {
      const end = rest.indexOf('\r\n\r\n')
      if (end < 0) return
      const head = rest.toString('latin1', 0, end)
      const bodyEnd = end + 4 + Number(readHeader(head, 'content-length') ?? 0)
      if (rest.length < bodyEnd) return
      const message = { head, body: rest.subarray(end + 4, bodyEnd) }
      rest = rest.subarray(bodyEnd)
      take(message)
    }
  }
}

/** @param name In lower case. */
export function readHeader(head: string, name: string): string | undefined {
  const at = head.toLowerCase().indexOf(`\r\n${name}: `)
  if (at < 0) return undefined
  const end = head.indexOf('\r\n', at + 2)
  return head.slice(at + name.length + 4, end < 0 ? undefined : end)
}

export async function openSocket(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.setNoDelay(true)
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve).once('error', reject)
  })
  return socket
}
