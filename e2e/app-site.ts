import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import {
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { HttpsFront } from './https-front.ts'
import { ROOT, type SystemUrls } from './system.ts'

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
}

/** What examples/school-app puts into an app, by the path below its folder; `''` is the page. */
export function packApp(bffUrl: string): Map<string, { type: string; body: Buffer }> {
  const folder = mkdtempSync(join(tmpdir(), 'campus-ecode-app-'))
  try {
    execFileSync(process.execPath, ['pack.mjs', '--out', folder, '--bff', bffUrl], {
      cwd: join(ROOT, 'examples/school-app'),
    })
    const files = new Map<string, { type: string; body: Buffer }>()
    for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      const type = TYPES[extname(file)]
      if (type) files.set(file, { type, body: readFileSync(join(folder, file)) })
    }
    const page = files.get('index.html')
    if (page) files.set('', page)
    return files
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * TLS before a system, with an app's own files at the origin of the school's pages, and a network that can
 * be cut behind them: as a web view has it whose app answers for some addresses.
 */
export class AppFront extends HttpsFront {
  /** By path. */
  readonly shipped = new Map<string, { type: string; body: Buffer | string }>()
  readonly pages = new Map<string, (body: string) => Promise<{ status: number; body: string }>>()
  isCut = false
  readonly #relays: Server[] = []
  readonly #school: number

  /** @param system Before it stands behind this. */
  constructor({ demoUrl }: SystemUrls) {
    super()
    this.#school = Number(new URL(demoUrl).port)
  }

  override async open(port: number): Promise<string> {
    const relay = createServer((incoming, outgoing) => this.#answer(incoming, outgoing, port))
    this.#relays.push(relay)
    await new Promise<void>((done) => relay.listen(0, '127.0.0.1', done))
    const address = relay.address()
    return super.open(typeof address === 'object' && address ? address.port : 0)
  }

  override async close(): Promise<void> {
    await super.close()
    for (const relay of this.#relays) {
      relay.closeAllConnections()
      await new Promise((done) => relay.close(done))
    }
  }

  #answer(incoming: IncomingMessage, outgoing: ServerResponse, port: number): void {
    const path = (incoming.url ?? '').replace(/\?.*/, '')
    const shipped = port === this.#school ? this.shipped.get(path) : undefined
    if (shipped) {
      outgoing.writeHead(200, { 'content-type': shipped.type }).end(shipped.body)
      return
    }
    if (this.isCut) {
      outgoing.destroy()
      return
    }
    const page = port === this.#school ? this.pages.get(path) : undefined
    if (page) {
      void readText(incoming)
        .then(page)
        .then(({ status, body }) => {
          outgoing.writeHead(status, { 'content-type': 'application/json' }).end(body)
        })
      return
    }
    const { method, url, headers } = incoming
    const onward = request({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      outgoing.flushHeaders()
      answer.pipe(outgoing)
    })
    onward.once('error', () => outgoing.destroy())
    outgoing.once('close', () => onward.destroy())
    incoming.pipe(onward)
  }
}

async function readText(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
