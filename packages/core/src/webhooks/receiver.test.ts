import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Webhook } from 'standardwebhooks'
import { v7 } from 'uuid'
import { afterAll, beforeAll, expect, it } from 'vitest'

// What docs/webhooks.md gives people to copy, as it stands there.

interface Receiver {
  createReceiver(secret: string, onNews: (news: unknown) => void): Server
}

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const BODY = JSON.stringify({ type: 'person.paid', data: { merchantName: '第一食堂' } })
let folder: string
let receiver: Receiver
let shell: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'receiver-'))
  const text = await readFile(new URL('../../../../docs/webhooks.md', import.meta.url), 'utf8')
  const block = (language: string) =>
    text.match(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 's'))?.[1] ?? ''
  shell = block('sh')
  const file = join(folder, 'receiver.mjs')
  await writeFile(file, block('js'))
  receiver = await import(/* @vite-ignore */ pathToFileURL(file).href)
})
afterAll(() => rm(folder, { recursive: true }))

function sign(secret: string, at = new Date()) {
  const id = v7()
  const seconds = Math.floor(at.getTime() / 1000)
  return {
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': new Webhook(secret).sign(id, new Date(seconds * 1000), BODY),
  }
}

it('the receiver takes what is genuine, once, under either secret, and nothing else', async () => {
  const heard: unknown[] = []
  const server = receiver.createReceiver(SECRET, (news) => heard.push(news))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const post = async (headers: Record<string, string>, body = BODY) =>
    (await fetch(url, { method: 'POST', headers, body })).status
  const signed = sign(SECRET)
  expect(await post(signed)).toBe(204)
  expect(await post(signed)).toBe(204)
  expect(heard).toEqual([JSON.parse(BODY)])
  const other = sign(`whsec_${Buffer.alloc(32, 8).toString('base64')}`)
  expect(await post(other)).toBe(401)
  const both = sign(SECRET)
  const two = `${other['webhook-signature']} ${both['webhook-signature']}`
  expect(await post({ ...both, 'webhook-signature': two })).toBe(204)
  expect(await post(sign(SECRET), BODY.replace('paid', 'lost'))).toBe(401)
  expect(await post(sign(SECRET, new Date(Date.now() - 301_000)))).toBe(401)
  expect(await post({})).toBe(401)
  expect(heard).toHaveLength(2)
  await new Promise((done) => server.close(done))
})

it('the check by hand tells a genuine message from a forged one', async () => {
  const { 'webhook-id': ID, 'webhook-timestamp': AT, 'webhook-signature': SIGNATURE } = sign(SECRET)
  const check = async (body: string, secret = SECRET) => {
    await writeFile(join(folder, 'body.json'), body)
    const env = { PATH: process.env['PATH'], ID, AT, SIGNATURE, SECRET: secret }
    return execFileSync('sh', ['-c', shell], { cwd: folder, env, encoding: 'utf8' }).trim()
  }
  expect(await check(BODY)).toBe('genuine')
  expect(await check(`${BODY} `)).toBe('forged')
  expect(await check(BODY, `whsec_${Buffer.alloc(32, 8).toString('base64')}`)).toBe('forged')
})
