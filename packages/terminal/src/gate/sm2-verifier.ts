import { createHash, createPublicKey, createVerify } from 'node:crypto'

// SM2 with SM3 (GM/T 0003.2). In Node 20 one-shot `verify` uses an empty user id, so the digest Z of user
// id, curve and key is written before the message; none of it is documented, hence the published vector.

/** GM/T 0003.5, the signature over `message digest` by its example key. */
const PUBLISHED: Sm2Vector = {
  publicKey: hex(
    '0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020' +
      'ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13',
  ),
  message: Buffer.from('message digest'),
  signature: hex(
    'f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3' +
      'b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa',
  ),
}

export interface Sm2Vector {
  /** Uncompressed point, 65 bytes. */
  publicKey: Uint8Array
  message: Uint8Array
  /** r ‖ s. */
  signature: Uint8Array
}

/**
 * Whether this Node.js verifies SM2 as the standard's example has it, and refuses the same example
 * changed. Nothing is believed by SM2 where it does not.
 */
export function isSm2Sound(vector: Sm2Vector = PUBLISHED): boolean {
  try {
    const verify = createSm2Verifier(vector.publicKey)
    const wrong = Uint8Array.from(vector.signature)
    wrong[63] = (wrong[63] ?? 0) ^ 1
    return verify(vector.message, vector.signature) && !verify(vector.message, wrong)
  } catch {
    return false
  }
}

/**
 * Prepares a public key. Throws for bytes that are no point of the curve.
 *
 * @param publicKey Uncompressed point, 65 bytes.
 */
export function createSm2Verifier(publicKey: Uint8Array) {
  const key = createPublicKey({
    key: Buffer.concat([SPKI_HEAD, publicKey]),
    format: 'der',
    type: 'spki',
  })
  const z = createHash('sm3').update(Z_HEAD).update(publicKey.subarray(1)).digest()
  return (message: Uint8Array, signature: Uint8Array) =>
    createVerify('sm3').update(z).update(message).verify(key, toDer(signature))
}

/** RFC 5480: id-ecPublicKey on 1.2.156.10197.1.301, then the point. */
const SPKI_HEAD = hex('3059301306072a8648ce3d020106082a811ccf5501822d034200')

/** GM/T 0003.2 §5.5: length of the user id in bits, the id, a, b and the base point. */
const Z_HEAD = Buffer.concat([
  hex('0080'),
  Buffer.from('1234567812345678'),
  hex('fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc'),
  hex('28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93'),
  hex('32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7'),
  hex('bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0'),
])

/** r ‖ s as the SEQUENCE of two INTEGERs that OpenSSL reads. */
function toDer(signature: Uint8Array): Buffer {
  const parts = [signature.subarray(0, 32), signature.subarray(32)].map(toDerInteger)
  return Buffer.concat([
    Buffer.of(0x30, (parts[0]?.length ?? 0) + (parts[1]?.length ?? 0)),
    ...parts,
  ])
}

function toDerInteger(bytes: Uint8Array): Buffer {
  let at = 0
  while (at < bytes.length - 1 && bytes[at] === 0) at++
  const trimmed = bytes.subarray(at)
  // The highest bit would be a minus.
  const sign = (trimmed[0] ?? 0) > 0x7f ? [0] : []
  return Buffer.concat([Buffer.of(0x02, trimmed.length + sign.length, ...sign), trimmed])
}

function hex(text: string): Buffer {
  return Buffer.from(text, 'hex')
}
