import { createHash, randomBytes, webcrypto } from 'node:crypto'
import { decryptAlias } from '@campus-ecode/protocol/alias'
import { aliasEpoch } from '@campus-ecode/protocol/alias-epoch'
import type { EnrolledDevice, Grant } from '@campus-ecode/protocol/devices'
import {
  deriveOneTimeKey,
  drawOneTimePart,
  generateAgreementKey,
  oneTimeInfo,
  oneTimeStep,
} from '@campus-ecode/protocol/one-time'
import { formatDeviceCode } from '@campus-ecode/protocol/payment-code'
import { v7 } from 'uuid'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { sealPerson } from '../people/open-person.ts'
import { newAccessKey } from '../testing/access-gate.ts'
import { approve, setPassword } from '../testing/approvals.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'

let core: HttpCore
beforeAll(async () => {
  core = await createHttpCore()
})
afterEach(() => core.setSms('accepted'))
afterAll(() => core.close())

const PHONE = '13800138000'

async function addPerson(options: Parameters<HttpCore['addPerson']>[0] = {}): Promise<string> {
  const { personId, cardNo } = await core.addPerson(options)
  const details = { name: '林半夏', cardNo, phone: PHONE }
  await core.services.db.pool.query('update people set sealed = $2 where person_id = $1', [
    personId,
    await sealPerson(core.services, '1001', personId, details),
  ])
  return personId
}

async function createPageKey() {
  const pair = await generateAgreementKey()
  const point = new Uint8Array(await webcrypto.subtle.exportKey('raw', pair.publicKey))
  return { privateKey: pair.privateKey, publicKey: Buffer.from(point).toString('base64url') }
}

async function start(personId: string, publicKey?: string) {
  const body = { publicKey: publicKey ?? (await createPageKey()).publicKey, label: 'iPhone' }
  return core.call('startEnrolment', { params: { personId }, body })
}

function confirm(personId: string, enrolmentId: string, smsCode: string) {
  return core.call('confirmEnrolment', { params: { personId, enrolmentId }, body: { smsCode } })
}

const lastSmsCode = () => core.messages.at(-1)?.params.code ?? ''
const wrongCode = (code: string) => (code === '000000' ? '000001' : '000000')

/** A message may be asked for again at once. */
async function passAMinute(personId: string): Promise<void> {
  await core.services.db.pool.query(
    `update enrolments set sent_at = sent_at - interval '61 seconds' where person_id = $1`,
    [personId],
  )
}

async function enrol(
  personId: string,
): Promise<{ device: EnrolledDevice; privateKey: webcrypto.CryptoKey }> {
  const { privateKey, publicKey } = await createPageKey()
  const { body } = await start(personId, publicKey)
  const { body: device, status } = await confirm(personId, body.enrolmentId, lastSmsCode())
  expect(status).toBe(201)
  await passAMinute(personId)
  return { device, privateKey }
}

async function draw(
  device: EnrolledDevice,
  privateKey: webcrypto.CryptoKey,
  grant: Grant = device.grant,
) {
  const seconds = core.services.now() / 1000
  const point = Uint8Array.from(Buffer.from(device.corePublicKey, 'base64url'))
  const salt = Buffer.from(grant.salt, 'base64url')
  const key = await deriveOneTimeKey(privateKey, point, salt, oneTimeInfo('1001', 2))
  return formatDeviceCode({
    school: '1001',
    mode: 2,
    alias: grant.aliases[aliasEpoch(seconds) - grant.firstEpoch] ?? '',
    oneTimePart: await drawOneTimePart(key, oneTimeStep(seconds)),
  })
}

async function pay(code: string) {
  const { body } = await core.call('pay', { body: { orderNo: v7(), amountFen: 1, code } })
  return body.code ?? body.status
}

/** A success uses up the present step, and the next code is ten seconds away. */
async function forgetUsedSteps(deviceId: string): Promise<void> {
  await core.services.db.pool.query('update devices set last_step = 0 where device_id = $1', [
    deviceId,
  ])
}

async function contact(personId: string, deviceId: string, grantId: string) {
  return core.call('contactDevice', { params: { personId, deviceId }, body: { grantId } })
}

/** Makes every grant of a device older. */
async function age(deviceId: string, minutes: number): Promise<void> {
  await core.services.db.pool.query(
    `update devices
        set grant_issued_at = grant_issued_at - $2 * interval '1 minute',
            next_grant_issued_at = next_grant_issued_at - $2 * interval '1 minute',
            previous_grant_ends_at = previous_grant_ends_at - $2 * interval '1 minute',
            last_contact_at = last_contact_at - $2 * interval '1 minute'
      where device_id = $1`,
    [deviceId, minutes],
  )
}

async function present(personId: string): Promise<string> {
  await core.settleEvents()
  return (await core.call('getEvents', { params: { personId } })).body.cursor
}

async function eventsOf(personId: string, after: string) {
  await core.settleEvents()
  const { body } = await core.call('getEvents', { params: { personId }, query: { after } })
  return body.events.map(({ data }: { data: object }) => data)
}

describe('enrolling a phone', () => {
  it('sends a code, takes it, and gives the phone what it needs to draw codes that pay', async () => {
    const personId = await addPerson()
    const cursor = await present(personId)
    const { privateKey, publicKey } = await createPageKey()
    const started = await start(personId, publicKey)
    expect(started.status).toBe(201)
    expect(started.body).toMatchObject({ phoneTail: '8000', resendAfterSeconds: 60 })
    expect(core.messages.at(-1)).toMatchObject({
      reference: started.body.enrolmentId,
      phone: PHONE,
      template: 'enrol-device',
      params: { code: expect.stringMatching(/^\d{6}$/) },
    })
    const { body: device } = await confirm(personId, started.body.enrolmentId, lastSmsCode())
    expect(device.grant.aliases).toHaveLength(84)
    expect(device.offlineCaps).toEqual({ singleFen: 10_000, dailyFen: 30_000, dailyCount: 5 })
    expect(await pay(await draw(device, privateKey))).toBe('PAID')
    expect(await eventsOf(personId, cursor)).toMatchObject([
      { type: 'device', deviceId: device.deviceId, change: 'enrolled', label: 'iPhone' },
      { type: 'payment', deviceId: device.deviceId },
    ])
  })

  it('gives the same device again when the confirmation is repeated', async () => {
    const personId = await addPerson()
    const { body } = await start(personId)
    const code = lastSmsCode()
    const replies = await Promise.all(
      [1, 2, 3].map(() => confirm(personId, body.enrolmentId, code)),
    )
    const devices = replies.map((reply) => reply.body)
    expect(new Set(devices.map(({ deviceId }) => deviceId)).size).toBe(1)
    expect(new Set(devices.map(({ grant }) => grant.salt)).size).toBe(1)
    const wrong = await confirm(personId, body.enrolmentId, wrongCode(code))
    expect(wrong.body.code).toBe('SMS_CODE_WRONG')
    await passAMinute(personId)
    await enrol(personId)
    const late = await confirm(personId, body.enrolmentId, code)
    expect(late.body.code).toBe('ENROLMENT_UNKNOWN')
  })

  it('ends the earlier device, keeps its index, and tells the person', async () => {
    const personId = await addPerson()
    const first = await enrol(personId)
    const cursor = await present(personId)
    const second = await enrol(personId)
    expect(second.device.grant.aliases).toEqual(first.device.grant.aliases)
    expect(await eventsOf(personId, cursor)).toEqual([
      { type: 'device', deviceId: first.device.deviceId, change: 'removed', label: 'iPhone' },
      { type: 'device', deviceId: second.device.deviceId, change: 'enrolled', label: 'iPhone' },
    ])
    expect(await pay(await draw(first.device, first.privateKey))).toBe('CODE_NOT_RECOGNISED')
    expect(await pay(await draw(second.device, second.privateKey))).toBe('PAID')
  })

  it('ends access credentials under the earlier phone’s name, and no others (R32)', async () => {
    const personId = await addPerson()
    await enrol(personId)
    const give = async (label: string) => {
      const body = { publicKey: newAccessKey(), label, consent: true }
      expect((await core.call('startCredential', { params: { personId }, body })).status).toBe(201)
    }
    await give('iPhone')
    await give('Pixel 9')
    await enrol(personId)
    const { rows } = await core.services.db.pool.query(
      `select label, revoked_reason as reason from access_credentials where person_id = $1 order by revoked_at nulls last`,
      [personId],
    )
    expect(rows).toEqual([
      { label: 'iPhone', reason: 'device_removed' },
      { label: 'Pixel 9', reason: null },
    ])
  })

  it('gives people different indices, also when they enrol at once', async () => {
    const people = await Promise.all(Array.from({ length: 6 }, () => addPerson()))
    const started = []
    for (const personId of people) {
      const { body } = await start(personId)
      started.push({ personId, enrolmentId: body.enrolmentId, code: lastSmsCode() })
    }
    const replies = await Promise.all(
      started.map(({ personId, enrolmentId, code }) => confirm(personId, enrolmentId, code)),
    )
    const epoch = replies[0]?.body.grant.firstEpoch
    const [key] = await core.services.keys.epochKeys('1001', epoch)
    const indices = replies.map(({ body }) =>
      decryptAlias(key ?? new Uint8Array(), '1001', epoch, body.grant.aliases[0]),
    )
    expect(new Set(indices).size).toBe(people.length)
  })

  it('keeps neither the code nor the phone number where they could be read', async () => {
    const personId = await addPerson()
    await start(personId)
    const { rows } = await core.services.db.pool.query(
      'select e::text || p::text as row from enrolments e join people p using (person_id) where person_id = $1',
      [personId],
    )
    expect(rows[0].row).not.toContain(PHONE)
    expect(core.logged.join('')).not.toContain(PHONE)
    // Six digits occur by chance in hex; the hash is keyed, so it must not be the plain one either.
    expect(rows[0].row).not.toContain(createHash('sha256').update(lastSmsCode()).digest('hex'))
  })

  it.each([
    ['CARD_NOT_CLAIMED', 'unclaimed'],
    ['CARD_LOCKED', 'locked'],
    ['CARD_CLOSED', 'closed'],
  ])('%s sends nothing', async (code, cardStatus) => {
    const personId = await addPerson({ cardStatus })
    const sent = core.messages.length
    expect((await start(personId)).body.code).toBe(code)
    expect(core.messages).toHaveLength(sent)
  })

  it.each(['a\u0000b', 'line\nbreak', '\ud800'])(
    'BAD_REQUEST for a name that is no plain text: %j',
    async (label) => {
      const params = { personId: await addPerson() }
      const { publicKey } = await createPageKey()
      const reply = await core.call('startEnrolment', { params, body: { publicKey, label } })
      expect(reply.body).toMatchObject({ code: 'BAD_REQUEST', fields: ['label'] })
    },
  )

  it('DEVICE_KEY_INVALID for bytes that are no point of P-256', async () => {
    const personId = await addPerson()
    const off = Buffer.concat([Buffer.of(4), randomBytes(64)])
    const compressed = Buffer.concat([Buffer.of(2), randomBytes(64)])
    for (const bytes of [off, compressed, Buffer.alloc(65)]) {
      expect((await start(personId, bytes.toString('base64url'))).body.code).toBe(
        'DEVICE_KEY_INVALID',
      )
    }
  })

  it('PHONE_MISSING where the school holds no number', async () => {
    const { personId } = await core.addPerson()
    expect((await start(personId)).body.code).toBe('PHONE_MISSING')
  })

  it('SMS_TOO_SOON within a minute, also for many at once', async () => {
    const personId = await addPerson()
    const sent = core.messages.length
    const replies = await Promise.all(Array.from({ length: 5 }, () => start(personId)))
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(core.messages).toHaveLength(sent + 1)
    const { body, headers } = await start(personId)
    expect(body.code).toBe('SMS_TOO_SOON')
    expect(body.retryAfterSeconds).toBeGreaterThan(50)
    expect(headers['retry-after']).toBe(String(body.retryAfterSeconds))
    await passAMinute(personId)
    expect((await start(personId)).status).toBe(201)
  })

  it('RATE_LIMITED after ten messages in a day', async () => {
    const personId = await addPerson()
    for (let i = 0; i < 10; i++) {
      expect((await start(personId)).status).toBe(201)
      await passAMinute(personId)
    }
    const { body } = await start(personId)
    expect(body.code).toBe('RATE_LIMITED')
    expect(body.retryAfterSeconds).toBeGreaterThan(80_000)
  })

  it('SMS_UNAVAILABLE counts only what may have been sent', async () => {
    const personId = await addPerson()
    core.setSms('NOT_SENT')
    expect((await start(personId)).body.code).toBe('SMS_UNAVAILABLE')
    core.setSms('UNKNOWN')
    expect((await start(personId)).body.code).toBe('SMS_UNAVAILABLE')
    core.setSms('accepted')
    expect((await start(personId)).body.code).toBe('SMS_TOO_SOON')
    const other = await addPerson()
    core.setSms('REFUSED')
    expect((await start(other)).body.code).toBe('SMS_UNAVAILABLE')
    core.setSms('accepted')
    expect((await start(other)).body.code).toBe('SMS_TOO_SOON')
  })

  it('SMS_CODE_WRONG four times, then SMS_TRIES_EXHAUSTED, also for the right code', async () => {
    const personId = await addPerson()
    const { body } = await start(personId)
    const code = lastSmsCode()
    const wrong = () => confirm(personId, body.enrolmentId, wrongCode(code))
    const codes = []
    for (let i = 0; i < 6; i++) codes.push((await wrong()).body.code)
    expect(codes).toEqual([
      ...Array(4).fill('SMS_CODE_WRONG'),
      'SMS_TRIES_EXHAUSTED',
      'SMS_TRIES_EXHAUSTED',
    ])
    const right = await confirm(personId, body.enrolmentId, code)
    expect(right.body.code).toBe('SMS_TRIES_EXHAUSTED')
  })

  it('five tries are five, also when many are made at once', async () => {
    const personId = await addPerson()
    const { body } = await start(personId)
    const code = lastSmsCode()
    const replies = await Promise.all(
      Array.from({ length: 20 }, () => confirm(personId, body.enrolmentId, wrongCode(code))),
    )
    const wrong = replies.filter((reply) => reply.body.code === 'SMS_CODE_WRONG')
    expect(wrong).toHaveLength(4)
  })

  it('SMS_CODE_EXPIRED after ten minutes', async () => {
    const personId = await addPerson()
    const { body } = await start(personId)
    const left = Date.parse(body.expiresAt) - Date.now()
    expect(Math.abs(left - 600_000)).toBeLessThan(5_000)
    await core.services.db.pool.query(
      'update enrolments set expires_at = now() where person_id = $1',
      [personId],
    )
    const reply = await confirm(personId, body.enrolmentId, lastSmsCode())
    expect(reply.body.code).toBe('SMS_CODE_EXPIRED')
  })

  it('ENROLMENT_UNKNOWN for one that is not there, or another person’s', async () => {
    const [personId, other] = [await addPerson(), await addPerson()]
    const { body } = await start(personId)
    expect((await confirm(other, body.enrolmentId, lastSmsCode())).body.code).toBe(
      'ENROLMENT_UNKNOWN',
    )
    expect((await confirm(personId, v7(), lastSmsCode())).body.code).toBe('ENROLMENT_UNKNOWN')
  })

  it('CARD_LOCKED at the confirmation too', async () => {
    const personId = await addPerson()
    const { body } = await start(personId)
    await core.services.db.pool.query(
      `update payers set card_status = 'locked' where person_id = $1`,
      [personId],
    )
    expect((await confirm(personId, body.enrolmentId, lastSmsCode())).body.code).toBe('CARD_LOCKED')
  })
})

describe('enrolling by the payment password (R16)', () => {
  async function addPersonWithPassword(): Promise<string> {
    const personId = await addPerson()
    await setPassword(core, personId)
    return personId
  }
  async function confirmApproved(personId: string, enrolmentId: string, approvalId?: string) {
    const action = { kind: 'enrol_device', enrolmentId } as const
    const body = { approvalId: approvalId ?? (await approve(core, personId, action)) }
    return core.call('confirmEnrolment', { params: { personId, enrolmentId }, body })
  }

  it('sends no SMS, also to somebody whose number nobody knows, and makes a phone that pays', async () => {
    const { personId } = await core.addPerson()
    await setPassword(core, personId)
    const sent = core.messages.length
    const { privateKey, publicKey } = await createPageKey()
    const { status, body } = await start(personId, publicKey)
    expect([status, body]).toMatchObject([201, { phoneTail: null, resendAfterSeconds: 0 }])
    expect(core.messages).toHaveLength(sent)
    const confirmed = await confirmApproved(personId, body.enrolmentId)
    expect(confirmed.status).toBe(201)
    expect(await pay(await draw(confirmed.body, privateKey))).toBe('PAID')
  })

  it('may be started again at once', async () => {
    const personId = await addPersonWithPassword()
    for (let i = 0; i < 12; i++) expect((await start(personId)).status).toBe(201)
  })

  it('RATE_LIMITED after thirty in ten minutes, also when many are started at once', async () => {
    const personId = await addPersonWithPassword()
    const replies = await Promise.all(Array.from({ length: 35 }, () => start(personId)))
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(30)
    for (const { body, headers } of replies.filter(({ status }) => status === 429)) {
      expect(body.code).toBe('RATE_LIMITED')
      expect(Number(headers['retry-after'])).toBeGreaterThan(580)
    }
    await core.services.db.pool.query(
      "update enrolments set sent_at = sent_at - interval '10 minutes' where person_id = $1",
      [personId],
    )
    expect((await start(personId)).status).toBe(201)
  })

  it('gives the same device again when repeated with the same approval, and with no other', async () => {
    const personId = await addPersonWithPassword()
    const { enrolmentId } = (await start(personId)).body
    const approvalId = await approve(core, personId, { kind: 'enrol_device', enrolmentId })
    const replies = await Promise.all(
      [1, 2, 3].map(() => confirmApproved(personId, enrolmentId, approvalId)),
    )
    replies.push(await confirmApproved(personId, enrolmentId, approvalId.toUpperCase()))
    expect(replies.map(({ status }) => status)).toEqual(Array(4).fill(201))
    expect(new Set(replies.map(({ body }) => body.deviceId)).size).toBe(1)
    expect((await confirmApproved(personId, enrolmentId)).body.code).toBe('APPROVAL_INVALID')
    expect((await confirm(personId, enrolmentId, '123456')).body.code).toBe('SMS_CODE_WRONG')
  })

  it('APPROVAL_INVALID for an approval of another enrolment', async () => {
    const personId = await addPersonWithPassword()
    const { enrolmentId } = (await start(personId)).body
    const other = (await start(personId)).body.enrolmentId
    const approvalId = await approve(core, personId, { kind: 'enrol_device', enrolmentId: other })
    const { body } = await confirmApproved(personId, enrolmentId, approvalId)
    expect(body.code).toBe('APPROVAL_INVALID')
    expect((await core.call('getDevices', { params: { personId } })).body.devices).toEqual([])
  })

  it('takes no guess at a code that was never sent', async () => {
    const personId = await addPersonWithPassword()
    const { enrolmentId } = (await start(personId)).body
    const codes = []
    for (const code of ['000000', '123456', '999999']) {
      codes.push((await confirm(personId, enrolmentId, code)).body.code)
    }
    expect(codes).toEqual(Array(3).fill('SMS_CODE_WRONG'))
  })

  it('PASSWORD_LOCKED: a lock must not open the weaker way', async () => {
    const personId = await addPerson()
    await setPassword(core, personId, { locked: true })
    const sent = core.messages.length
    expect((await start(personId)).body.code).toBe('PASSWORD_LOCKED')
    expect(core.messages).toHaveLength(sent)
  })

  it('ENROLMENT_UNKNOWN after ten minutes, and CARD_LOCKED meanwhile, leave the approval unspent', async () => {
    const personId = await addPersonWithPassword()
    const { enrolmentId } = (await start(personId)).body
    const approvalId = await approve(core, personId, { kind: 'enrol_device', enrolmentId })
    const { pool } = core.services.db
    await pool.query(`update payers set card_status = 'locked' where person_id = $1`, [personId])
    expect((await confirmApproved(personId, enrolmentId, approvalId)).body.code).toBe('CARD_LOCKED')
    await pool.query(`update payers set card_status = 'active' where person_id = $1`, [personId])
    await pool.query('update enrolments set expires_at = now() where person_id = $1', [personId])
    expect((await confirmApproved(personId, enrolmentId, approvalId)).body.code).toBe(
      'ENROLMENT_UNKNOWN',
    )
    const { rows } = await pool.query('select status from approvals where approval_id = $1', [
      approvalId,
    ])
    expect(rows).toEqual([{ status: 'approved' }])
  })
})

describe('getDevices', () => {
  it('lists the phones that can draw codes, and no other (R6)', async () => {
    const personId = await addPerson()
    const list = async () => (await core.call('getDevices', { params: { personId } })).body.devices
    expect(await list()).toEqual([])
    await enrol(personId)
    const { device } = await enrol(personId)
    expect(await list()).toEqual([
      {
        deviceId: device.deviceId,
        label: 'iPhone',
        enrolledAt: expect.any(String),
        lastContactAt: expect.any(String),
      },
    ])
    await core.call('removeDevice', { params: { personId, deviceId: device.deviceId } })
    expect(await list()).toEqual([])
  })
})

describe('a contact', () => {
  it('brings no grant while the last is fresh, and the clock always', async () => {
    const personId = await addPerson()
    const { device } = await enrol(personId)
    const { status, body } = await contact(personId, device.deviceId, device.grant.grantId)
    expect(status).toBe(200)
    expect(body.grant).toBeNull()
    expect(Math.abs(Date.parse(body.serverTime) - core.services.now())).toBeLessThan(5_000)
  })

  it('brings a new grant after ten minutes; the old one pays on until 60 s after it is stored', async () => {
    const personId = await addPerson()
    const { device, privateKey } = await enrol(personId)
    const { deviceId } = device
    await age(deviceId, 10)
    const { grant } = (await contact(personId, deviceId, device.grant.grantId)).body
    expect(grant.salt).not.toBe(device.grant.salt)
    // Offered, not yet stored: the phone draws under the old one.
    expect(await pay(await draw(device, privateKey))).toBe('PAID')
    // The answer is lost, or comes twice: the same grant again.
    const again = (await contact(personId, deviceId, device.grant.grantId)).body
    expect(again.grant.grantId).toBe(grant.grantId)
    // Stored and said so.
    expect((await contact(personId, deviceId, grant.grantId)).body.grant).toBeNull()
    await forgetUsedSteps(deviceId)
    expect(await pay(await draw(device, privateKey))).toBe('PAID')
    await forgetUsedSteps(deviceId)
    expect(await pay(await draw(device, privateKey, grant))).toBe('PAID')
    await core.services.db.pool.query(
      `update devices set previous_grant_ends_at = previous_grant_ends_at - interval '60 seconds'
        where device_id = $1`,
      [deviceId],
    )
    await forgetUsedSteps(deviceId)
    expect(await pay(await draw(device, privateKey))).toBe('CODE_NOT_RECOGNISED')
  })

  it('takes the first code under a new grant as its acknowledgement', async () => {
    const personId = await addPerson()
    const { device, privateKey } = await enrol(personId)
    const { deviceId } = device
    await age(deviceId, 11)
    const { grant } = (await contact(personId, deviceId, device.grant.grantId)).body
    expect(await pay(await draw(device, privateKey, grant))).toBe('PAID')
    expect((await contact(personId, deviceId, grant.grantId)).body.grant).toBeNull()
  })

  it('offers another grant when the first was never taken up, and to a phone that lost its own', async () => {
    const personId = await addPerson()
    const { device, privateKey } = await enrol(personId)
    const { deviceId } = device
    await age(deviceId, 10)
    const first = (await contact(personId, deviceId, device.grant.grantId)).body.grant
    await age(deviceId, 10)
    const second = (await contact(personId, deviceId, device.grant.grantId)).body.grant
    expect(second.grantId).not.toBe(first.grantId)
    const lost = (await contact(personId, deviceId, v7())).body.grant
    expect(lost.grantId).toBe(second.grantId)
    expect(await pay(await draw(device, privateKey, lost))).toBe('PAID')
    await contact(personId, deviceId, lost.grantId)
    expect((await contact(personId, deviceId, v7())).body.grant).not.toBeNull()
  })

  it('lets a phone pay without the caps again, and lets paused codes work again (R21)', async () => {
    const personId = await addPerson({ walletFen: 50_000 })
    const { device, privateKey } = await enrol(personId)
    const { deviceId } = device
    const payLarge = async () => {
      const code = await draw(device, privateKey)
      const { body } = await core.call('pay', { body: { orderNo: v7(), amountFen: 15_000, code } })
      await forgetUsedSteps(deviceId)
      return body.code ?? body.status
    }
    await core.services.db.pool.query(
      `update devices set last_contact_at = now() - interval '11 minutes', bad_epoch = $2, bad_count = 5
        where device_id = $1`,
      [deviceId, aliasEpoch(core.services.now() / 1000)],
    )
    expect(await payLarge()).toBe('DEVICE_CODES_PAUSED')
    await core.services.db.pool.query('update devices set bad_count = 0 where device_id = $1', [
      deviceId,
    ])
    expect(await payLarge()).toBe('DEVICE_OFFLINE_CAP')
    await core.services.db.pool.query('update devices set bad_count = 5 where device_id = $1', [
      deviceId,
    ])
    await contact(personId, deviceId, device.grant.grantId)
    expect(await payLarge()).toBe('PAID')
  })

  it('DEVICE_UNKNOWN, DEVICE_REMOVED, CARD_LOCKED and CARD_CLOSED', async () => {
    const [personId, other] = [await addPerson(), await addPerson()]
    const { device } = await enrol(personId)
    const { deviceId, grant } = device
    expect((await contact(other, deviceId, grant.grantId)).body.code).toBe('DEVICE_UNKNOWN')
    expect((await contact(personId, v7(), grant.grantId)).body.code).toBe('DEVICE_UNKNOWN')
    for (const [status, code] of [
      ['locked', 'CARD_LOCKED'],
      ['closed', 'CARD_CLOSED'],
    ]) {
      await core.services.db.pool.query('update payers set card_status = $2 where person_id = $1', [
        personId,
        status,
      ])
      expect((await contact(personId, deviceId, grant.grantId)).body.code).toBe(code)
    }
    await core.call('removeDevice', { params: { personId, deviceId } })
    expect((await contact(personId, deviceId, grant.grantId)).body.code).toBe('DEVICE_REMOVED')
  })
})

describe('removeDevice', () => {
  it('ends a phone’s codes, tells the person once, and keeps the index for the next phone', async () => {
    const personId = await addPerson()
    const { device, privateKey } = await enrol(personId)
    const cursor = await present(personId)
    const params = { personId, deviceId: device.deviceId }
    for (let i = 0; i < 2; i++) {
      expect(await core.call('removeDevice', { params })).toMatchObject({ status: 200, body: {} })
    }
    expect(await eventsOf(personId, cursor)).toMatchObject([{ type: 'device', change: 'removed' }])
    expect(await pay(await draw(device, privateKey))).toBe('DEVICE_REMOVED')
    const next = await enrol(personId)
    expect(next.device.grant.aliases).toEqual(device.grant.aliases)
    expect(await pay(await draw(next.device, next.privateKey))).toBe('PAID')
  })

  it('DEVICE_UNKNOWN for another person’s', async () => {
    const [personId, other] = [await addPerson(), await addPerson()]
    const { device } = await enrol(personId)
    const params = { personId: other, deviceId: device.deviceId }
    expect(await core.refused('removeDevice', { params })).toBe('DEVICE_UNKNOWN')
  })
})
