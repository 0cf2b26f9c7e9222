import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { createKeyOperations } from './derive-keys.ts'
import { createKeyClient } from './key-client.ts'
import { createKeyService } from './key-service.ts'
import { KeysUnavailable } from './keys-unavailable.ts'
import { AlgorithmUnavailable } from './signer.ts'

it('says that SM2 is away on a machine that computes it wrongly, and why in the log', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'key-service-'))
  const socketPath = join(directory, 'keys.sock')
  const operations = createKeyOperations({
    format: 'campus-ecode-keyring/1',
    alias: [{ version: 1, fromEpoch: 0, key: randomBytes(32) }],
    agreement: randomBytes(32),
    data: [{ version: 1, key: randomBytes(32) }],
    index: randomBytes(32),
  })
  const server = createKeyService({
    ...operations,
    accessRootKey(schoolId, algorithm) {
      if (algorithm === 'sm2') throw new AlgorithmUnavailable('SM2 is wrong here')
      return operations.accessRootKey(schoolId, algorithm)
    },
  })
  await new Promise<void>((resolve) => server.listen(socketPath, resolve))
  const log = vi.spyOn(console, 'error').mockImplementation(() => {})
  const client = createKeyClient(socketPath)
  try {
    await expect(client.accessRootKey('1001', 'sm2')).rejects.toThrow(KeysUnavailable)
    expect(log.mock.calls).toEqual([['SM2 is wrong here']])
    expect(await client.accessRootKey('1001', 'ed25519')).toHaveLength(32)
  } finally {
    log.mockRestore()
    await client.close()
    await new Promise((resolve) => server.close(resolve))
    await rm(directory, { recursive: true })
  }
})
