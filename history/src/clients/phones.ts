import { aliasEpoch } from '@campus-ecode/protocol/alias-epoch'
import { corePersonRoutes } from '@campus-ecode/protocol/core-api'
import { enrolledDeviceSchema, enrolmentSchema } from '@campus-ecode/protocol/devices'
import { issuedCodeSchema } from '@campus-ecode/protocol/issued-codes'
import {
  deriveOneTimeKey,
  drawOneTimePart,
  generateAgreementKey,
  oneTimeInfo,
  oneTimeStep,
} from '@campus-ecode/protocol/one-time'
import { deviceMode, formatDeviceCode } from '@campus-ecode/protocol/payment-code'
import type { Account } from '@campus-ecode/protocol/shapes'
import type { SigningKey } from '@campus-ecode/protocol/signing-key'
import type { Diary } from '../diary-writer.ts'
import type { Sandbox } from '../processes/sandbox.ts'
import type { Person } from '../world.ts'
import type { CoreWire, Reply } from './signed-http.ts'
import { readSmsCode } from './sms-inbox.ts'
import { fill } from './terminals.ts'

/** A code on somebody's screen. The diary knows it by its number alone. */
export interface Code {
  text: string
  number: number
  /** A card that is swiped (R29); the text is what its reader gives. */
  isCard?: boolean
}

/** What people do with their phones, as the BFF asks it of a core. */
export interface Phones {
  /** undefined when the core did not answer, or refused. */
  issueCode(
    person: Person,
    account: Account,
    core: CoreWire,
    isRevealed?: boolean,
  ): Promise<Code | undefined>
  /** Of this moment's ten-second step, or of one so many before; undefined without a device. */
  drawCode(person: Person, account: Account, stepsAgo?: number): Promise<Code | undefined>
  /** Opens device codes for somebody. Before anything is broken: throws when it does not work. */
  enrol(person: Person, core: CoreWire): Promise<void>
  hasDevice(person: Person): boolean
  /** The card in somebody's pocket. Throws for who has none. */
  cardOf(person: Person): Code
}

type OneTimeKey = Awaited<ReturnType<typeof deriveOneTimeKey>>

interface Device {
  deviceId: string
  aliases: string[]
  firstEpoch: number
  keys: Record<Account, OneTimeKey>
}

export function createPhones(options: {
  schoolId: string
  bffKey: SigningKey
  diary: Diary
  sandbox: Sandbox
}): Phones {
  const { schoolId, bffKey: key, diary, sandbox } = options
  const devices = new Map<string, Device>()
  /** A code that is shown twice is the same code. */
  const drawn = new Map<string, Code>()

  function call(
    core: CoreWire,
    name: keyof typeof corePersonRoutes,
    params: Record<string, string>,
    json: unknown,
  ): Promise<Reply> {
    const target = fill(corePersonRoutes[name].path, { schoolId, ...params })
    return core.send(core.sign({ method: 'POST', target, json, key }))
  }

  return {
    hasDevice: ({ id }) => devices.has(id),

    cardOf({ id: personId, swipedCard: text }) {
      if (text === undefined) throw new Error('somebody without a card')
      const madeBy = { kind: 'card' } as const
      const number = diary.code({ personId, account: 'wallet', isRevealed: false, madeBy })
      return { text, number, isCard: true }
    },

    async issueCode(person, account, core, isRevealed = false) {
      let reply: Reply
      try {
        const body = { account, revealed: isRevealed, keepEarlier: true }
        reply = await call(core, 'issueCode', { personId: person.id }, body)
      } catch {
        return undefined
      }
      const issued = issuedCodeSchema.safeParse(reply.json)
      if (reply.status !== 201 || !reply.verified || !issued.success) return undefined
      const expiresAtMs = Date.parse(issued.data.expiresAt)
      const madeBy = { kind: 'issued', expiresAtMs } as const
      return {
        text: issued.data.code,
        number: diary.code({ personId: person.id, account, isRevealed, madeBy }),
      }
    },

    async drawCode(person, account, stepsAgo = 0) {
      const device = devices.get(person.id)
      if (!device) return undefined
      const nowSeconds = Date.now() / 1000
      const step = oneTimeStep(nowSeconds) - stepsAgo
      const alias = device.aliases[aliasEpoch(step * 10) - device.firstEpoch]
      if (alias === undefined) return undefined
      const name = `${device.deviceId}/${account}/${step}`
      const oneTimePart = await drawOneTimePart(device.keys[account], step)
      const mode = deviceMode(account, false)
      const text = formatDeviceCode({ school: schoolId, mode, alias, oneTimePart })
      const known = drawn.get(name)
      if (known) return known
      const madeBy = { kind: 'device', deviceId: device.deviceId, step } as const
      const made = { personId: person.id, account, isRevealed: false, madeBy }
      const code = { text, number: diary.code(made) }
      drawn.set(name, code)
      return code
    },

    async enrol(person, core) {
      const pair = await generateAgreementKey()
      const publicKey = Buffer.from(await crypto.subtle.exportKey('raw', pair.publicKey))
      const personId = person.id
      const begun = await call(
        core,
        'startEnrolment',
        { personId },
        {
          publicKey: publicKey.toString('base64url'),
          label: 'history',
        },
      )
      const { enrolmentId } = enrolmentSchema.parse(begun.json)
      const smsCode = await readSmsCode(sandbox, person.phone)
      const confirmed = await call(core, 'confirmEnrolment', { personId, enrolmentId }, { smsCode })
      const { deviceId, corePublicKey, grant } = enrolledDeviceSchema.parse(confirmed.json)
      const derive = (account: Account) =>
        deriveOneTimeKey(
          pair.privateKey,
          Uint8Array.from(Buffer.from(corePublicKey, 'base64url')),
          Buffer.from(grant.salt, 'base64url'),
          oneTimeInfo(schoolId, deviceMode(account, false)),
        )
      devices.set(person.id, {
        deviceId,
        aliases: grant.aliases,
        firstEpoch: grant.firstEpoch,
        keys: { wallet: await derive('wallet'), one_card: await derive('one_card') },
      })
    },
  }
}
