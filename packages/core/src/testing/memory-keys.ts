import { randomBytes } from 'node:crypto'
import { createKeyOperations } from '../keys/derive-keys.ts'
import type { Keys } from '../keys/keys.ts'

/** The key process's work without the process, with fresh root keys; for tests of other slices. */
export function createMemoryKeys(now?: () => number): Keys {
  const keyring = {
    format: 'campus-ecode-keyring/1' as const,
    alias: [{ version: 1, fromEpoch: 0, key: randomBytes(32) }],
    agreement: randomBytes(32),
    data: [{ version: 1, key: randomBytes(32) }],
    index: randomBytes(32),
  }
  const operations = createKeyOperations(keyring, now)
  return {
    epochKeys: async (...args) => operations.epochKeys(...args),
    deviceKey: async (...args) => operations.deviceKey(...args),
    corePublicKey: async (...args) => operations.corePublicKey(...args),
    seal: async (...args) => operations.seal(...args),
    open: async (...args) => operations.open(...args),
    index: async (...args) => operations.index(...args),
    keypadPublicKey: operations.keypadPublicKey,
    hashPassword: operations.hashPassword,
    checkPassword: operations.checkPassword,
    changePassword: operations.changePassword,
    setWaterPassword: operations.setWaterPassword,
    checkWaterPassword: operations.checkWaterPassword,
    hashStaffPassword: operations.hashStaffPassword,
    checkStaffPassword: operations.checkStaffPassword,
    accessRootKey: async (...args) => operations.accessRootKey(...args),
    accessIssuerKey: async (...args) => operations.accessIssuerKey(...args),
    signCredential: async (...args) => operations.signCredential(...args),
    signDocument: async (...args) => operations.signDocument(...args),
    collectionKey: async (...args) => operations.collectionKey(...args),
    signCollection: async (...args) => operations.signCollection(...args),
    statementKey: async (...args) => operations.statementKey(...args),
    signStatement: async (...args) => operations.signStatement(...args),
  }
}
