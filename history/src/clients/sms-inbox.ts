import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { Sandbox } from '../processes/sandbox.ts'

const inboxSchema = z.array(z.object({ phone: z.string(), text: z.string() }))

/** The code in the newest message to a phone, as soon as it is there. */
export async function readSmsCode(sandbox: Sandbox, phone: string): Promise<string> {
  for (let tries = 0; tries < 100; tries++) {
    const inbox = inboxSchema.parse(await sandbox.readJson('/inbox.json'))
    const code = inbox.find((message) => message.phone === phone)?.text.match(/\d{6}/)?.[0]
    if (code !== undefined) return code
    await sleep(20)
  }
  throw new Error('a text message does not arrive')
}
