import { aliasEpoch } from '@campus-ecode/protocol/alias-epoch'
import { generateAgreementKey, oneTimeStep, STEP_SECONDS } from '@campus-ecode/protocol/one-time'
import { holdAllocations, repeat } from '@campus-ecode/protocol/testing/allocations'
import { test } from 'vitest'
import { drawDeviceCode } from './device-code.ts'
import type { StoredDevice } from './device-store.ts'

const NOW_MS = Date.parse('2026-09-01T04:00:00.000Z')

test('the digits of a device code are drawn within their budget', async ({ annotate }) => {
  const phone = await generateAgreementKey()
  const core = await generateAgreementKey()
  const corePublicKey = await crypto.subtle.exportKey('raw', core.publicKey)
  const device: StoredDevice = {
    kind: 'device',
    deviceId: 'device',
    privateKey: phone.privateKey,
    corePublicKey: Buffer.from(corePublicKey).toString('base64url'),
    grant: {
      grantId: 'grant',
      salt: Buffer.alloc(16, 1).toString('base64url'),
      firstEpoch: aliasEpoch(NOW_MS / 1000),
      aliases: Array.from({ length: 84 }, (_, at) => String(1_000_000 + at)),
      expiresAt: new Date(NOW_MS + 14 * 86_400_000).toISOString(),
    },
    offlineCaps: { singleFen: 1, dailyFen: 1, dailyCount: 1 },
    contactAt: NOW_MS,
    clockOffsetMs: 0,
  }
  const first = oneTimeStep(NOW_MS / 1000)
  const count = 14_400 / STEP_SECONDS
  await annotate(
    await holdAllocations({
      name: 'drawing a device code',
      bytesMax: 5_200,
      count,
      run: repeat((at) => drawDeviceCode(device, '1001', 'wallet', false, first + at)),
    }),
  )
})
