import { connect } from 'node:net'

/** Sends bytes as they are, for what no HTTP client would send; resolves when the server closes. */
export function sendRaw(url: string, text: string): Promise<RawAnswer> {
  const { port, hostname } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(text))
    let received = ''
    socket.on('data', (chunk) => {
      received += chunk
    })
    socket.on('error', reject)
    socket.on('close', () => {
      const [head = '', body = ''] = received.split('\r\n\r\n')
      resolve({ status: Number(head.split(' ')[1]), head, body })
    })
  })
}

export interface RawAnswer {
  status: number
  head: string
  body: string
}
