import {
  createECDH,
  createHash,
  createPrivateKey,
  createPublicKey,
  createSign,
  createVerify,
  type KeyObject,
} from 'node:crypto'
import type { Signer } from './signer.ts'

// SM2 with SM3 (GM/T 0003.2) by OpenSSL 3, which has it and of which Node.js documents nothing: key
// objects from `generateKeyPair` sign plain ECDSA, one-shot `sign` takes an empty user id. What works is
// an imported key, `createSign('sm3')` and the digest Z written before the message. Since nobody promises
// that, the standard's own example has to verify before anything is signed.

const CURVE = 'SM2'
/** GM/T 0003.5: order of the base point. */
const ORDER = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n
/** GM/T 0003.5: a, b and the base point, as they go into Z. */
const PARAMETERS = Buffer.from(
  'fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc' +
    '28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93' +
    '32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7' +
    'bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0',
  'hex',
)
/** GM/T 0009: the user id where none was agreed on. */
const USER_ID = Buffer.from('1234567812345678')

/** GM/T 0003.5, example of a signature. */
const EXAMPLE = {
  privateKey: '3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8',
  message: 'message digest',
  signature:
    'f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3' +
    'b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa',
} as const

/** @returns undefined where the standard's example does not come out: SM2 is then not served. */
export function createSm2Signer(example: typeof EXAMPLE | { signature: string } = EXAMPLE) {
  try {
    return passes({ ...EXAMPLE, ...example }) ? sm2 : undefined
  } catch {
    return undefined
  }
}

/** FIPS 186-5 A.2.1 in SM2's range, 1 to n − 2: 128 bits more than a key has, so that none is likelier. */
const sm2: Signer = {
  seedBytes: 48,
  createKey(seed) {
    const scalar = (BigInt(`0x${Buffer.from(seed).toString('hex')}`) % (ORDER - 2n)) + 1n
    const { privateKey, point, z } = importKey(
      Buffer.from(scalar.toString(16).padStart(64, '0'), 'hex'),
    )
    return {
      publicKey: new Uint8Array(point),
      sign: (input) => readDer(createSign('sm3').update(z).update(input).sign(privateKey)),
    }
  },
}

function passes({ privateKey: d, message, signature }: Record<keyof typeof EXAMPLE, string>) {
  const { privateKey, point, z } = importKey(Buffer.from(d, 'hex'))
  const publicKey = createPublicKey(privateKey)
  const verifies = (text: string, bytes: Uint8Array) =>
    createVerify('sm3').update(z).update(text).verify(publicKey, writeDer(bytes))
  const own = readDer(createSign('sm3').update(z).update(message).sign(privateKey))
  return (
    point.length === 65 &&
    verifies(message, Buffer.from(signature, 'hex')) &&
    !verifies(`${message}.`, Buffer.from(signature, 'hex')) &&
    verifies(message, own)
  )
}

interface ImportedKey {
  privateKey: KeyObject
  point: Buffer
  z: Buffer
}

function importKey(d: Buffer): ImportedKey {
  const ecdh = createECDH(CURVE)
  ecdh.setPrivateKey(d)
  const point = ecdh.getPublicKey()
  const der = Buffer.concat([PKCS8_HEAD, d, PKCS8_MIDDLE, point])
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  // Z: bits of the user id, the id, a, b, the base point, the public key.
  const z = createHash('sm3')
    .update(Buffer.of(0, USER_ID.length * 8))
    .update(USER_ID)
    .update(PARAMETERS)
    .update(point.subarray(1))
    .digest()
  return { privateKey, point, z }
}

/** RFC 5208, RFC 5915: up to the 32 bytes of the private key, then up to the 65 of the public one. */
const PKCS8_HEAD = Buffer.from(
  '308187020100301306072a8648ce3d020106082a811ccf5501822d046d306b0201010420',
  'hex',
)
const PKCS8_MIDDLE = Buffer.from('a144034200', 'hex')

/** `r ‖ s`, 32 bytes each, from ASN.1: OpenSSL has no other form for SM2. */
function readDer(der: Buffer): Uint8Array {
  const raw = new Uint8Array(64)
  let at = 2
  for (const end of [32, 64]) {
    const length = der[at + 1] ?? 0
    const value = der.subarray(at + 2, at + 2 + length)
    const digits = value[0] === 0 ? value.subarray(1) : value
    raw.set(digits, end - digits.length)
    at += 2 + length
  }
  return raw
}

function writeDer(raw: Uint8Array): Buffer {
  const integers = [raw.subarray(0, 32), raw.subarray(32)].map((value) => {
    const digits = value.subarray(value.findIndex((byte) => byte !== 0))
    const sign = (digits[0] ?? 0) & 0x80 ? [0] : []
    return Buffer.from([2, sign.length + digits.length, ...sign, ...digits])
  })
  const body = Buffer.concat(integers)
  return Buffer.concat([Buffer.of(0x30, body.length), body])
}
