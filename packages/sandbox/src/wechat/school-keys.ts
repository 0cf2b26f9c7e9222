import 'reflect-metadata'
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  webcrypto,
  X509Certificate,
} from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { X509CertificateGenerator } from '@peculiar/x509'

/** One of WeChat's ways to sign: by a certificate, or by a public key. */
export interface PlatformKey {
  serial: string
  privateKey: KeyObject
}

export interface WechatKeyMaterial {
  /** What the school signs with, as WeChat has it on file. */
  merchant: { serial: string; publicKey: KeyObject }
  byCertificate: PlatformKey
  byPublicKey: PlatformKey
}

/**
 * The keys of WeChat and of its one merchant, made at the first start and kept, as a real merchant keeps
 * its own.
 *
 * @param ownDir What nobody but WeChat has.
 * @param schoolDir What the school downloads: its own certificate and key, and WeChat's public halves.
 */
export async function openKeyMaterial(
  ownDir: string,
  schoolDir: string,
): Promise<WechatKeyMaterial> {
  if (!existsSync(join(ownDir, 'platform_key.pem'))) await makeKeys(ownDir, schoolDir)
  const read = (dir: string, name: string) => readFileSync(join(dir, name), 'utf8')
  const merchant = new X509Certificate(read(schoolDir, 'apiclient_cert.pem'))
  const platform = new X509Certificate(read(ownDir, 'platform_cert.pem'))
  return {
    merchant: { serial: merchant.serialNumber, publicKey: merchant.publicKey },
    byCertificate: {
      serial: platform.serialNumber,
      privateKey: createPrivateKey(read(ownDir, 'platform_key.pem')),
    },
    byPublicKey: {
      serial: read(ownDir, 'public_key_id'),
      privateKey: createPrivateKey(read(ownDir, 'public_key.pem')),
    },
  }
}

async function makeKeys(ownDir: string, schoolDir: string): Promise<void> {
  for (const dir of [ownDir, schoolDir]) mkdirSync(dir, { recursive: true, mode: 0o700 })
  const write = (dir: string, name: string, text: string) =>
    writeFileSync(join(dir, name), text, { mode: 0o600 })

  const merchant = await makeCertified('CN=Sandbox merchant')
  write(schoolDir, 'apiclient_cert.pem', merchant.certificate)
  write(schoolDir, 'apiclient_key.pem', merchant.privateKey)

  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const id = `PUB_KEY_ID_${randomBytes(20).toString('hex').toUpperCase()}`
  write(
    schoolDir,
    `${id}.pem`,
    createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString(),
  )
  write(ownDir, 'public_key.pem', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
  write(ownDir, 'public_key_id', id)

  const platform = await makeCertified('CN=Sandbox WeChat Pay')
  const { serialNumber } = new X509Certificate(platform.certificate)
  write(schoolDir, `wechatpay_${serialNumber}.pem`, platform.certificate)
  write(ownDir, 'platform_cert.pem', platform.certificate)
  // Last: with it everything is there.
  write(ownDir, 'platform_key.pem', platform.privateKey)
}

async function makeCertified(name: string): Promise<{ certificate: string; privateKey: string }> {
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
  const keys = await webcrypto.subtle.generateKey(
    { ...algorithm, publicExponent: new Uint8Array([1, 0, 1]), modulusLength: 2048 },
    true,
    ['sign', 'verify'],
  )
  // A leading zero would be dropped from the serial.
  const serialNumber = `5${randomBytes(20).toString('hex').slice(1)}`
  const notBefore = new Date()
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      ...{ serialNumber, name, keys, signingAlgorithm: algorithm, notBefore },
      notAfter: new Date(notBefore.getTime() + 5 * 365 * 86_400_000),
    },
    webcrypto,
  )
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
  const key = createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' })
  return {
    certificate: certificate.toString('pem'),
    privateKey: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}
