import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import { z } from 'zod'

/** One served file, in every encoding it is worth keeping. */
interface SdkFile {
  type: string
  cacheControl: string
  etag: string
  /** Best first; `identity` is always there. */
  bodies: [encoding: string, body: Buffer<ArrayBuffer>][]
}

/** Files by path. A path that is not a key does not exist: nothing on disk is read per request. */
export type SdkFiles = ReadonlyMap<string, SdkFile>

/**
 * Reads the built SDK into memory, compressed once.
 *
 * - `/v1/ecode.js` and what else pages name, `/v1/manifest.json`: five minutes, then served stale while
 *   fetched anew.
 * - `/v1/assets/…` (names hold their hash) and `/<exact version>/…`: immutable.
 *
 * Builds of earlier releases lie in `earlier/<any name>/`: their exact versions go on being served, and
 * so do parts that an open page or a cache still asks for.
 *
 * Throws when a folder is not a build.
 */
export async function loadSdkFiles(dir: string): Promise<SdkFiles> {
  const files = await loadBuild(dir, '')
  for (const name of await readdir(join(dir, 'earlier')).catch(() => [])) {
    const earlier = await loadBuild(join(dir, 'earlier', name), 'assets/')
    for (const [path, file] of earlier) if (!files.has(path)) files.set(path, file)
  }
  return files
}

/** @param evergreen What names of the build also stand under `/v1/`, by how they begin. */
async function loadBuild(dir: string, evergreen: string): Promise<Map<string, SdkFile>> {
  const manifest = await readFile(join(dir, 'manifest.json'), 'utf8')
  const { version, integrity } = manifestSchema.parse(JSON.parse(manifest))
  const names = [...Object.keys(integrity), 'manifest.json']
  for (const name of await readdir(join(dir, 'assets'))) names.push(`assets/${name}`)
  const files = new Map<string, SdkFile>()
  await Promise.all(
    names.map(async (name) => {
      const file = await readSdkFile(join(dir, name))
      const immutable = { ...file, cacheControl: IMMUTABLE }
      files.set(`/${version}/${name}`, immutable)
      if (!name.startsWith(evergreen)) return
      files.set(`/v1/${name}`, name.startsWith('assets/') ? immutable : file)
    }),
  )
  return files
}

/** Answers a GET or HEAD for a file, conditional and compressed; any page may load it. */
export function answerSdkFile(file: SdkFile, request: SdkRequest): Response {
  const headers: Record<string, string> = {
    'access-control-allow-origin': '*',
    'cache-control': file.cacheControl,
    'cross-origin-resource-policy': 'cross-origin',
    etag: file.etag,
    vary: 'accept-encoding',
  }
  if (matchesEtag(request.ifNoneMatch, file.etag))
    return new Response(null, { status: 304, headers })
  const [encoding, body] =
    file.bodies.find(([name]) => acceptsEncoding(request.acceptEncoding, name)) ??
    (file.bodies.at(-1) as [string, Buffer<ArrayBuffer>])
  headers['content-type'] = file.type
  if (encoding !== 'identity') headers['content-encoding'] = encoding
  return new Response(body, { headers })
}

export interface SdkRequest {
  ifNoneMatch: string | undefined
  acceptEncoding: string | undefined
}

const manifestSchema = z.object({
  version: z.string().regex(/^\d+\.\d+\.\d+(-[\w.]+)?$/),
  /** Of what pages name themselves. */
  integrity: z.record(z.string().regex(/^[\w-]+\.js$/), z.string()),
})

const REVALIDATED = 'public, max-age=300, stale-while-revalidate=86400'
const IMMUTABLE = 'public, max-age=31536000, immutable'

const TYPES: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
}

const compressBrotli = promisify(brotliCompress)
const compressGzip = promisify(gzip)

async function readSdkFile(path: string): Promise<SdkFile> {
  const type = TYPES[extname(path)]
  if (type === undefined) throw new Error(`The SDK build holds a file of unknown type: ${path}`)
  const identity = Buffer.from(await readFile(path))
  const packed: SdkFile['bodies'] = [
    ['br', await compressBrotli(identity)],
    ['gzip', await compressGzip(identity, { level: 9 })],
  ]
  const worth = packed.filter(([, body]) => body.length < identity.length * 0.9)
  const digest = createHash('sha256').update(identity).digest('base64url').slice(0, 22)
  // Weak: the same content in another encoding has the same tag (RFC 9110 §8.8.1).
  const etag = `W/"${digest}"`
  return { type, cacheControl: REVALIDATED, etag, bodies: [...worth, ['identity', identity]] }
}

function matchesEtag(field: string | undefined, etag: string): boolean {
  if (field === undefined) return false
  const tag = etag.slice(2)
  return field.split(',').some((entry) => ['*', tag, etag].includes(entry.trim()))
}

/** RFC 9110 §12.5.3, without ranking: whatever is not refused by q=0 will do. */
function acceptsEncoding(field: string | undefined, name: string): boolean {
  if (name === 'identity') return true
  return (field ?? '').split(',').some((entry) => {
    const [coding = '', ...parameters] = entry.split(';').map((part) => part.trim().toLowerCase())
    return coding === name && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))
  })
}
