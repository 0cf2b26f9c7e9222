import { createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type MerchantKey, readPrivateKey } from './v3-signature.ts'

/** Whom WeChat's signatures are checked against, found by what its header `Wechatpay-Serial` says. */
export interface WechatKeys {
  find(serial: string): Promise<KeyObject | undefined>
  /** Of the public key to be signed with, where there is one. */
  publicKeyId(): string | undefined
}

/** Not more often, whoever asks for keys that do not exist. */
const READ_EVERY_MS = 10_000

/**
 * Reads the merchant's key from a folder as WeChat's own tools fill it: `apiclient_key.pem` and
 * `apiclient_cert.pem`. Throws when one is missing or is not what it should be.
 */
export async function readMerchantKey(folder: string, mchId: string): Promise<MerchantKey> {
  const read = (name: string) =>
    readFile(join(folder, name), 'utf8').catch(() => {
      throw new Error(`${name} cannot be read in the folder of WeChat's keys`)
    })
  const certificate = readCertificate(await read('apiclient_cert.pem'))
  const privateKey = readPrivateKey(await read('apiclient_key.pem'))
  if (!certificate?.checkPrivateKey(privateKey)) {
    throw new Error('apiclient_cert.pem is not the certificate of apiclient_key.pem')
  }
  return { mchId, serial: certificate.serialNumber, privateKey }
}

/**
 * WeChat's own keys, from the same folder: platform certificates in any other `.pem` file, public keys
 * in files named by their id, `PUB_KEY_ID_….pem`. While WeChat moves a merchant from one to the other,
 * answers of both come, so both are kept; a certificate until it is over. A serial that is not known has the folder read again: new
 * keys are put there while the core runs.
 */
export async function openWechatKeys(
  folder: string,
  now: () => number,
): Promise<WechatKeys & { count: number }> {
  let readAt = now()
  let keys = await readKeys(folder)
  function known(serial: string): KeyObject | undefined {
    const found = keys.get(serial)
    return found && now() <= found.endsAtMs ? found.key : undefined
  }
  let reading: Promise<void> | undefined
  async function readAgain() {
    readAt = now()
    keys = await readKeys(folder)
  }
  return {
    count: keys.size,
    publicKeyId: () => [...keys.keys()].find((serial) => serial.startsWith('PUB_KEY_ID_')),
    async find(serial) {
      const found = known(serial)
      if (found) return found
      if (now() >= readAt + READ_EVERY_MS) {
        reading = readAgain().finally(() => {
          reading = undefined
        })
      }
      await reading
      return known(serial)
    },
  }
}

interface KnownKey {
  key: KeyObject
  endsAtMs: number
}

async function readKeys(folder: string): Promise<Map<string, KnownKey>> {
  const keys = new Map<string, KnownKey>()
  for (const name of await readdir(folder)) {
    if (!name.endsWith('.pem') || name.startsWith('apiclient_')) continue
    const pem = await readFile(join(folder, name), 'utf8')
    const id = /^(PUB_KEY_ID_\w+)\.pem$/.exec(name)?.[1]
    const certificate = id ? undefined : readCertificate(pem)
    const key = id ? readPublicKey(pem) : certificate?.publicKey
    const serial = id ?? certificate?.serialNumber
    const endsAtMs = certificate ? Date.parse(certificate.validTo) : Number.POSITIVE_INFINITY
    if (serial && key?.asymmetricKeyType === 'rsa') keys.set(serial, { key, endsAtMs })
  }
  return keys
}

function readCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem)
  } catch {
    return undefined
  }
}

function readPublicKey(pem: string): KeyObject | undefined {
  try {
    return createPublicKey(pem)
  } catch {
    return undefined
  }
}
