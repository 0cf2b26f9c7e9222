import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { createServer, type Server } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** TLS before servers that speak none, as a school's own front would be; with a certificate of its own. */
export class HttpsFront {
  /** The certificate, for whoever should trust it (`NODE_EXTRA_CA_CERTS`). */
  readonly certificateFile: string
  readonly #folder: string
  readonly #servers: Server[] = []

  constructor() {
    this.#folder = mkdtempSync(join(tmpdir(), 'campus-ecode-tls-'))
    this.certificateFile = join(this.#folder, 'cert.pem')
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
        ...['-keyout', this.#keyFile, '-out', this.certificateFile, '-days', '2'],
        ...['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'],
      ],
      { stdio: 'ignore' },
    )
  }

  /** @returns The https origin that leads to a port of this machine. */
  async open(port: number): Promise<string> {
    const key = readFileSync(this.#keyFile)
    const cert = readFileSync(this.certificateFile)
    const server = createServer({ key, cert }, (incoming, outgoing) => {
      const { method, url: path, headers } = incoming
      const onward = request({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        // Streams have no body for long, and must begin all the same.
        outgoing.flushHeaders()
        answer.pipe(outgoing)
      })
      onward.once('error', () => outgoing.destroy())
      outgoing.once('close', () => onward.destroy())
      incoming.pipe(onward)
    })
    this.#servers.push(server)
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const address = server.address()
    return `https://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
  }

  async close(): Promise<void> {
    for (const server of this.#servers) {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    }
    rmSync(this.#folder, { recursive: true, force: true })
  }

  get #keyFile(): string {
    return join(this.#folder, 'key.pem')
  }
}
