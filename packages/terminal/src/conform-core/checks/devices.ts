import { setTimeout as sleep } from 'node:timers/promises'
import { aliasEpoch } from '@campus-ecode/protocol/alias-epoch'
import { corePersonRoutes } from '@campus-ecode/protocol/core-api'
import type { EnrolledDevice } from '@campus-ecode/protocol/devices'
import {
  deriveOneTimeKey,
  drawOneTimePart,
  generateAgreementKey,
  LIFETIME_SECONDS,
  oneTimeInfo,
  oneTimeStep,
  STEP_SECONDS,
} from '@campus-ecode/protocol/one-time'
import { deviceMode, formatDeviceCode } from '@campus-ecode/protocol/payment-code'
import { z } from 'zod'
import { type Check, demand, Skipped } from '../check.ts'
import { demandPassword } from '../demand-password.ts'
import { codeOf, demandAnswer, demandRefusal, describe } from '../demands.ts'
import { LIST_FEN, type Person, type World } from '../world.ts'

/** A phone that draws its own codes. Made only where an SMS sandbox shows the code it is enrolled by. */
export const deviceChecks: Check[] = [
  {
    name: 'refuses a key that is no point of P-256',
    rule: 'DEVICE_KEY_INVALID',
    async run(world) {
      const owner = await world.findPayer()
      const off = Buffer.alloc(65, 1)
      off[0] = 4
      for (const bytes of [off, Buffer.alloc(65)]) {
        const json = { publicKey: bytes.toString('base64url'), label: 'conform-core' }
        demandRefusal(
          await world.callPerson('startEnrolment', owner, { json }),
          'DEVICE_KEY_INVALID',
        )
      }
    },
  },
  {
    name: 'enrols a phone by the code of a text message, and by no other',
    rule: 'docs/codes.md "Key and grant": SMS_CODE_WRONG, SMS_TOO_SOON',
    async run(world) {
      const { device } = await enrolOnce(world)
      demand(device.schoolId === world.demo.school.id, 'it belongs to another school')
      const { grant } = device
      const epoch = aliasEpoch(Date.now() / 1000)
      const inGrant = epoch >= grant.firstEpoch && epoch < grant.firstEpoch + grant.aliases.length
      demand(inGrant, 'the grant has no alias for now')
      demand(new Set(grant.aliases).size > 1, 'its aliases do not change')
    },
  },
  {
    name: 'explains codes of a clock that is slow or fast, and takes neither',
    rule: 'R18: CODE_EXPIRED, CODE_NOT_YET_VALID',
    async run(world) {
      const phone = await enrolOnce(world)
      const step = oneTimeStep(Date.now() / 1000)
      const steps = LIFETIME_SECONDS / STEP_SECONDS
      await scan(world, await draw(world, phone, { step: step - steps - 1 }), 'CODE_EXPIRED')
      await scan(world, await draw(world, phone, { step: step + 4 }), 'CODE_NOT_YET_VALID')
    },
  },
  {
    name: 'pays by a code that the phone drew, once',
    rule: 'R18, R21: CODE_USED',
    async run(world) {
      const phone = await enrolOnce(world)
      const before = await world.readBalance(phone.owner)
      const step = oneTimeStep(Date.now() / 1000)
      const code = await draw(world, phone, { step: step - 1 })
      const orderNo = world.newOrderNo()
      const reply = await world.sendPay(world.till, { orderNo, amountFen: LIST_FEN, code })
      demand(reply.status < 300, `it is answered with ${describe(reply)}`)
      const { amountFen } = await world.awaitPaid(world.till, orderNo)
      const taken = before - (await world.readBalance(phone.owner))
      demand(taken === amountFen, `${taken} fen were taken in place of ${amountFen}`)
      await scan(world, code, 'CODE_USED')
      // A success ends the other codes on display, too.
      await scan(world, await draw(world, phone, { step }), 'CODE_USED')
      await world.undoAll()
    },
  },
  {
    name: 'asks for the password where the digits were shown',
    rule: 'docs/codes.md "Payment code": AWAITING_PASSWORD, or PASSWORD_REQUIRED without one',
    async run(world) {
      const phone = await enrolOnce(world)
      await awaitNextStep(world)
      const code = await draw(world, phone, { revealed: true })
      await demandPassword(world, { orderNo: world.newOrderNo(), amountFen: LIST_FEN, code })
      await world.undoAll()
    },
  },
  {
    name: 'answers a sign of life with the time and the caps of a phone without a network',
    rule: 'docs/codes.md "Without recent contact": DEVICE_UNKNOWN',
    async run(world) {
      const { owner, device } = await enrolOnce(world)
      const json = { grantId: device.grant.grantId }
      const contact = (deviceId: string) =>
        world.callPerson('contactDevice', owner, { params: { deviceId }, json })
      const told = demandAnswer(await contact(device.deviceId), corePersonRoutes.contactDevice)
      const offMs = Math.abs(Date.parse(told.serverTime) - Date.now())
      demand(offMs < 60_000, 'its clock is more than a minute off ours')
      const { offlineCaps } = told
      demand(offlineCaps.singleFen <= offlineCaps.dailyFen, 'the caps contradict each other')
      demandRefusal(await contact('019a0000-0000-7000-8000-000000000000'), 'DEVICE_UNKNOWN')
    },
  },
  {
    name: 'takes no code of a phone that was removed',
    rule: 'R6: DEVICE_REMOVED',
    async run(world) {
      const phone = await enrolOnce(world)
      await awaitNextStep(world)
      const code = await draw(world, phone)
      const params = { deviceId: phone.device.deviceId }
      const removed = await world.callPerson('removeDevice', phone.owner, { params })
      demandAnswer(removed, corePersonRoutes.removeDevice)
      await scan(world, code, ['DEVICE_REMOVED', 'CODE_NOT_RECOGNISED'])
    },
  },
]

interface Phone {
  owner: Person
  device: EnrolledDevice
  keys: Awaited<ReturnType<typeof generateAgreementKey>>
}

const enrolled = new WeakMap<World, Promise<Phone>>()

/** Text messages are few: all checks share one phone. */
function enrolOnce(world: World): Promise<Phone> {
  const phone = enrolled.get(world) ?? enrol(world)
  enrolled.set(world, phone)
  return phone
}

async function enrol(world: World): Promise<Phone> {
  if (world.inboxUrl === undefined)
    throw new Skipped('needs --inbox, the address of an SMS sandbox')
  const owner = await world.findPayer()
  const keys = await generateAgreementKey()
  const point = await crypto.subtle.exportKey('raw', keys.publicKey)
  const json = { publicKey: Buffer.from(point).toString('base64url'), label: 'conform-core' }
  const sinceMs = Date.now()
  const started = await world.callPerson('startEnrolment', owner, { json })
  const tooMany = codeOf(started)
  if (tooMany === 'SMS_TOO_SOON' || tooMany === 'RATE_LIMITED') {
    throw new Skipped('this person may get no more text messages for now')
  }
  const enrolment = demandAnswer(started, corePersonRoutes.startEnrolment)
  const { phoneTail } = enrolment
  if (phoneTail === null) throw new Skipped('this person enrols with the payment password')
  demandRefusal(await world.callPerson('startEnrolment', owner, { json }), 'SMS_TOO_SOON')
  const smsCode = await readSmsCode(world.inboxUrl, phoneTail, sinceMs)
  const confirm = (code: string) => {
    const params = { enrolmentId: enrolment.enrolmentId }
    return world.callPerson('confirmEnrolment', owner, { params, json: { smsCode: code } })
  }
  const wrong = smsCode.slice(0, -1) + String((Number(smsCode.at(-1)) + 1) % 10)
  demandRefusal(await confirm(wrong), 'SMS_CODE_WRONG')
  const device = demandAnswer(await confirm(smsCode), corePersonRoutes.confirmEnrolment)
  return { owner, device, keys }
}

const inboxSchema = z.array(z.object({ at: z.iso.datetime(), phone: z.string(), text: z.string() }))

async function readSmsCode(inboxUrl: string, phoneTail: string, sinceMs: number): Promise<string> {
  for (let tries = 0; tries < 20; tries++) {
    const response = await fetch(new URL('/inbox.json', inboxUrl))
    const messages = inboxSchema.parse(await response.json())
    const ours = messages
      .filter(({ at, phone }) => phone.endsWith(phoneTail) && Date.parse(at) >= sinceMs - 1_000)
      .sort((one, other) => Date.parse(other.at) - Date.parse(one.at))
    const code = /(?<!\d)\d{6}(?!\d)/.exec(ours[0]?.text ?? '')?.[0]
    if (code) return code
    await sleep(250)
  }
  throw new Skipped('the SMS sandbox shows no message')
}

/** Draws as docs/codes.md says, for the wallet. */
async function draw(
  world: World,
  { device, keys }: Phone,
  { step = oneTimeStep(Date.now() / 1000), revealed = false } = {},
): Promise<string> {
  const { grant, corePublicKey } = device
  const school = world.demo.school.id
  const mode = deviceMode('wallet', revealed)
  const key = await deriveOneTimeKey(
    keys.privateKey,
    new Uint8Array(Buffer.from(corePublicKey, 'base64url')),
    Buffer.from(grant.salt, 'base64url'),
    oneTimeInfo(school, mode),
  )
  const alias = grant.aliases[aliasEpoch(Date.now() / 1000) - grant.firstEpoch]
  demand(alias !== undefined, 'the grant has no alias for now')
  return formatDeviceCode({ school, mode, alias, oneTimePart: await drawOneTimePart(key, step) })
}

async function scan(
  world: World,
  code: string,
  refused: Parameters<typeof demandRefusal>[1],
): Promise<void> {
  const order = { orderNo: world.newOrderNo(), amountFen: LIST_FEN, code }
  demandRefusal(await world.sendPay(world.till, order), refused)
}

/** After a success the step that it stood for is over, and the present one too. */
function awaitNextStep(world: World): Promise<void> {
  const next = oneTimeStep(Date.now() / 1000) + 1
  return world.waitUntil(next * STEP_SECONDS * 1000 + 100)
}
