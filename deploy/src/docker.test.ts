import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { validate } from 'dockerfile-utils'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'

// No engine runs any of it here: what is looked at is the form, and what must hold of every service.

const folder = new URL('../docker/', import.meta.url)
const read = (name: string) => readFile(new URL(name, folder), 'utf8')

const serviceSchema = z.looseObject({
  image: z.string(),
  read_only: z.boolean().optional(),
  cap_drop: z.array(z.string()).optional(),
  user: z.string().optional(),
  environment: z.record(z.string(), z.string()).default({}),
  secrets: z.array(z.string()).default([]),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  network_mode: z.string().optional(),
})
const composeSchema = z.looseObject({
  services: z.record(z.string(), serviceSchema),
  secrets: z.record(z.string(), z.object({ file: z.string() })),
})
const { services, secrets } = composeSchema.parse(
  parse(await read('compose.yaml'), { merge: true }),
)
const ours = Object.entries(services).filter(([name]) => !name.startsWith('postgres-'))

describe('the compose file', () => {
  it('has the form that the compose specification publishes, and no fault that a linter finds', () => {
    const manifest = createRequire(import.meta.url).resolve('dclint/package.json')
    const program = fileURLToPath(new URL('bin/dclint.cjs', `file://${manifest}`))
    // In dclint.json: order of keys and quotes are a matter of taste, and the world is to reach the balancer.
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      [
        ...[program, '-f', 'json', '-c', fileURLToPath(new URL('dclint.json', folder))],
        fileURLToPath(new URL('compose.yaml', folder)),
      ],
      { encoding: 'utf8' },
    )
    expect({ stdout, stderr, status }).toMatchObject({ status: 0 })
  })

  it('runs what is ours without root, without capabilities, on a file system that cannot be written', () => {
    expect(ours.map(([name]) => name).sort()).toEqual([
      ...['balancer', 'bff-a', 'bff-b', 'core-a', 'core-b', 'keys'],
    ])
    for (const [name, service] of ours) {
      expect(service.read_only, name).toBe(true)
      expect(service.cap_drop, name).toEqual(['ALL'])
      expect(service.user, name).toMatch(/^(node|haproxy)$/)
    }
  })

  it('gives secrets as files alone, each of which somebody makes', async () => {
    const maker = await read('make-secrets.sh')
    for (const { file } of Object.values(secrets)) {
      expect(maker).toContain(file.replace('./secrets/', ''))
    }
    for (const [name, service] of Object.entries(services)) {
      for (const secret of service.secrets) expect(Object.keys(secrets)).toContain(secret)
      for (const [key, value] of Object.entries(service.environment)) {
        if (/SECRET|PASSWORD|SESSION_KEY|DATABASE_URL/.test(key)) {
          expect(`${name} ${key}`).toMatch(/_FILE$/)
          expect(service.secrets).toContain(value.replace('/run/secrets/', ''))
        }
      }
    }
  })

  it('gives writers of a file system that cannot be written a place', async () => {
    const [, dataDir = ''] = /\bDATA_DIR=(\S+)/.exec(await read('Dockerfile')) ?? []
    expect(dataDir).toBe('/data')
    for (const core of ['core-a', 'core-b']) expect(services[core]?.volumes).toContain(dataDir)
  })

  it('opens the ports of one service, and gives the key process no network and nobody else the keyring', () => {
    const open = Object.entries(services).filter(([, { ports }]) => ports.length > 0)
    expect(open.map(([name]) => name)).toEqual(['balancer'])
    expect(services['keys']?.network_mode).toBe('none')
    const keyring = Object.entries(services).filter(([, { volumes }]) =>
      volumes.some((volume) => volume.startsWith('keyring:')),
    )
    expect(keyring.map(([name]) => name)).toEqual(['keys'])
  })

  it('names every image by an exact version', () => {
    for (const { image } of Object.values(services))
      expect(image).toMatch(/:\d+\.\d+(\.\d+)?(-\w+)?$/)
  })
})

describe('the Dockerfile', () => {
  it('has no fault that a linter finds, and an exact base', async () => {
    const text = await read('Dockerfile')
    expect(validate(text).map(({ message }) => message)).toEqual([])
    for (const [, base = ''] of text.matchAll(/^FROM (\S+)/gm)) {
      expect(base).toMatch(/^node:20\.\d+\.\d+-bookworm-slim$/)
    }
    expect(text.match(/^USER node$/gm)).toHaveLength(2)
    expect(text.match(/^HEALTHCHECK/gm)).toHaveLength(2)
  })
})

describe('the balancer', () => {
  it('has a way in to each origin that pages and tills are given, from outside and from inside', async () => {
    const text = await read('haproxy.cfg')
    const binds = [...text.matchAll(/^ {2}bind :(\d+) ssl/gm)].map(([, port]) => port)
    const published = services['balancer']?.ports.map((port) => port.split(':').slice(-2)) ?? []
    const names = new Set<string>()
    for (const { environment } of ours.map(([, service]) => service)) {
      for (const [name, value] of Object.entries(environment)) {
        const [, host, port = '443'] =
          /^https:\/\/\$\{(\w+_HOST):\?\}(?::(\d+))?$/.exec(value) ?? []
        if (!host) continue
        names.add(name)
        // BFFs reach the balancer by that name inside, where nothing maps ports.
        expect(binds, name).toContain(port)
        expect(published, name).toContainEqual([port, port])
        expect(text, name).toContain(`"\${${host}}"`)
        expect(services['balancer']?.environment, name).toHaveProperty(host)
      }
    }
    const needed = ['BFF_ORIGIN', 'CONSOLE_ORIGIN', 'CORE_ORIGIN', 'CORE_URL', 'KEYPAD_ORIGIN']
    expect([...names].sort()).toEqual(needed)
    for (const core of ['core-a', 'core-b']) {
      expect(Object.keys(services[core]?.environment ?? {})).toEqual(
        expect.arrayContaining(needed.filter((name) => name !== 'CORE_URL')),
      )
    }
  })

  it('leads to every listener of every core and BFF', async () => {
    const text = await read('haproxy.cfg')
    const { KEYPAD_PORT: keypad, CONSOLE_PORT: office } = services['core-a']?.environment ?? {}
    const servers = [...text.matchAll(/^ {2}server \S+ (\S+?:\d+)/gm)].map(([, to]) => to)
    const listeners = [
      ...['bff-a', 'bff-b'].map((host) => `${host}:8080`),
      ...['core-a', 'core-b'].flatMap((host) =>
        ['8081', keypad, office].map((port) => `${host}:${port}`),
      ),
    ]
    expect(servers.sort()).toEqual(listeners.sort())
  })

  it('asks for readiness at the port of each core and BFF that compose starts', async () => {
    const text = await read('haproxy.cfg')
    const servers = [...text.matchAll(/^ {2}server (\S+) (\S+?):(\d+)/gm)].map(([, , host]) => host)
    expect(new Set(servers)).toEqual(new Set(['bff-a', 'bff-b', 'core-a', 'core-b']))
    // Nobody serves a request without a Host.
    expect(text).toMatch(/^ {2}http-check send .* uri \/readyz .*hdr host \S+$/m)
    // Never what may have been sent.
    expect(text).toMatch(/^ {2}retry-on conn-failure$/m)
  })
})
