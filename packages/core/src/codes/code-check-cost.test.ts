import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { aliasEpoch, EPOCH_SECONDS } from '@campus-ecode/protocol/alias-epoch'
import { holdAllocations, repeat } from '@campus-ecode/protocol/testing/allocations'
import { expect, onTestFinished, test } from 'vitest'
import type { Services } from '../http/operation.ts'
import { createKeyOperations } from '../keys/derive-keys.ts'
import { createKeyClient } from '../keys/key-client.ts'
import { createKeyService } from '../keys/key-service.ts'
import { openKeyring } from '../keys/keyring.ts'
import { createTestCampus } from '../testing/campus.ts'
import { checkDeviceCode, findOwner, readPaymentCode } from './recognise-code.ts'
import { createScanLoader, type Scan } from './scan.ts'

test('a scanned device code is recognised and checked within its budget', async ({ annotate }) => {
  const campus = await createTestCampus()
  const folder = await mkdtemp(join(tmpdir(), 'campus-ecode-keys-'))
  // As in a running core, where keys are derived once and then remembered.
  const keyService = createKeyService(createKeyOperations(await openKeyring(folder)))
  const socket = join(folder, 'socket')
  keyService.listen(socket)
  await once(keyService, 'listening')
  const keys = createKeyClient(socket)
  const { services } = campus
  services.keys = keys
  onTestFinished(async () => {
    await keys.close()
    keyService.close()
    await rm(folder, { recursive: true })
    await campus.close()
  })
  // Amid an epoch, where one alias key is tried.
  const seconds = (aliasEpoch(services.now() / 1000) + 1.5) * EPOCH_SECONDS
  campus.moveClock(seconds * 1000 - services.now())

  const phone = await campus.enrolPhone((await campus.addPerson()).personId)
  const code = await campus.drawCode(phone)
  const { terminalId, schoolId } = campus.terminal
  const key = { schoolId, terminalId, orderNo: 'o-1', deviceIndex: phone.index }
  const scan = await createScanLoader(campus.db).submit(key)
  await annotate(
    await holdAllocations({
      name: 'checking a scanned device code',
      bytesMax: 66_000,
      count: 200,
      run: repeat(() => checkCode(services, code, scan)),
    }),
  )
  expect(await checkCode(services, code, scan)).toMatchObject({
    device: { deviceId: phone.deviceId },
  })
})

/** What pay() does with a code before and after it has looked its owner up. */
async function checkCode(services: Services, text: string, scan: Scan | undefined) {
  const code = readPaymentCode(text, '1001')
  if (!scan || 'refused' in code || code.madeBy !== 'device') throw new Error('no device code')
  const owners = await findOwner(services, code, text)
  const [owner] = Array.isArray(owners) ? owners : []
  if (!owner) throw new Error('no owner')
  return checkDeviceCode(services, code, scan, owner.epoch)
}
