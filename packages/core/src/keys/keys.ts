import type { AccessAlgorithm } from '@campus-ecode/protocol/access-code'
import type { DocumentType } from '@campus-ecode/protocol/signed-document'

/**
 * What the core may ask of the key process, which alone holds root keys. Answers that are derived
 * keys are kept in bounded memory, never stored. Every call throws when the key process is away.
 */
export interface Keys {
  /** FF1 keys of an alias epoch, newest version first. */
  epochKeys(schoolId: string, epoch: number): Promise<Uint8Array[]>
  /**
   * K of a device code (docs/codes.md, "Key and grant").
   *
   * @param devicePublicKey P-256 point, 65 bytes. Throws when it is none.
   * @param info From `oneTimeInfo`.
   */
  deviceKey(
    schoolId: string,
    devicePublicKey: Uint8Array,
    grantSalt: Uint8Array,
    info: string,
  ): Promise<Uint8Array>
  /** The school's P-256 point that phones agree keys with, 65 bytes. */
  corePublicKey(schoolId: string): Promise<Uint8Array>
  /**
   * Encrypts a text under the data key (AES-256-GCM).
   *
   * @param context Where the text belongs, for example `people/<school>/<person>`; the same is
   * needed to open it, so that a sealed value moved elsewhere is useless.
   */
  seal(context: string, plain: string): Promise<Uint8Array>
  open(context: string, sealed: Uint8Array): Promise<string>
  /** A keyed hash (32 bytes) by which a text can be found and not read. */
  index(context: string, value: string): Promise<Uint8Array>
  /** The P-256 point that keypad pages seal payment passwords to, 65 bytes. */
  keypadPublicKey(): Promise<Uint8Array>
  /**
   * Opens what a keypad page sealed and hashes the password in it. Opened passwords never leave the
   * key process; this and the next two throw KeysUnavailable too when too many are waiting.
   *
   * @param context Whose password it is; the hash is good for nobody else.
   * @param sealed From the page (protocol's keypad.ts).
   * @param aad What the page was told to bind it to.
   * @param other It must not be this one; null: there is none.
   */
  hashPassword(
    context: string,
    sealed: Uint8Array,
    aad: Uint8Array,
    other?: HashedPassword | null,
  ): Promise<NewPassword | 'same'>
  /** Whether the sealed password is the one that was hashed. */
  checkPassword(
    context: string,
    sealed: Uint8Array,
    aad: Uint8Array,
    hash: string,
  ): Promise<'right' | 'wrong' | 'malformed'>
  /** As both: the old password is checked, the new one hashed. Both are sealed as one message. */
  changePassword(
    context: string,
    sealed: Uint8Array,
    aad: Uint8Array,
    hash: string,
    other?: HashedPassword | null,
  ): Promise<NewPassword | 'wrong' | 'same'>
  /**
   * R26: the payment password is checked, and the water password after it hashed for another context. It
   * must be another one: controllers see it.
   */
  setWaterPassword(
    context: string,
    sealed: Uint8Array,
    aad: Uint8Array,
    hash: string,
    waterContext: string,
  ): Promise<NewPassword | 'wrong' | 'same'>
  /**
   * Whether these six digits, from a controller, are the water password.
   *
   * @param hash null: there is none. The answer is `wrong` and takes as long.
   */
  checkWaterPassword(
    waterContext: string,
    digits: string,
    hash: string | null,
  ): Promise<'right' | 'wrong'>
  /** Hashes what somebody of staff signs in with at the console; good for this context and no other. */
  hashStaffPassword(context: string, password: string): Promise<string>
  /**
   * Whether this is the password that was hashed.
   *
   * @param hash null: there is none. The answer is `wrong` and takes as long.
   */
  checkStaffPassword(
    context: string,
    password: string,
    hash: string | null,
  ): Promise<'right' | 'wrong'>
  /**
   * The public half of the key that a school's gates are set up with: Ed25519 32 bytes, SM2 65. This and
   * the next three throw KeysUnavailable too when the algorithm cannot be trusted on this machine.
   */
  accessRootKey(schoolId: string, algorithm: AccessAlgorithm): Promise<Uint8Array>
  /** The public half of one of the school's issuer keys. */
  accessIssuerKey(schoolId: string, algorithm: AccessAlgorithm, keyId: number): Promise<Uint8Array>
  /**
   * Signs a credential (64 bytes). Throws unless it is one, of this school and key.
   *
   * @param body Bytes 0–45: docs/codes.md, "Access code".
   */
  signCredential(
    schoolId: string,
    algorithm: AccessAlgorithm,
    keyId: number,
    body: Uint8Array,
  ): Promise<Uint8Array>
  /**
   * Signs what gates are told (64 bytes). Throws unless the payload is what the type says, of this school;
   * a key set must hold nothing but keys that were derived here.
   *
   * @param keyId null: the root key, which signs key sets and nothing else.
   */
  signDocument(
    schoolId: string,
    algorithm: AccessAlgorithm,
    keyId: number | null,
    type: DocumentType,
    payload: Uint8Array,
  ): Promise<Uint8Array>
  /** The public half (Ed25519, 32 bytes) of a key that collection codes are signed with. */
  collectionKey(schoolId: string, keyId: number): Promise<Uint8Array>
  /** Signs a collection code (64 bytes): docs/codes.md, "Collection code". */
  signCollection(
    schoolId: string,
    keyId: number,
    merchant: string,
    terminal: string,
  ): Promise<Uint8Array>
  /** The public half (Ed25519, 32 bytes) of a key that statements are signed with (R34). */
  statementKey(schoolId: string, keyId: number): Promise<Uint8Array>
  /**
   * Signs a statement (64 bytes). Throws unless it is one, of this school, and adds up.
   *
   * @param content The bytes of `statement.json`.
   */
  signStatement(schoolId: string, content: Uint8Array): Promise<Uint8Array>
}

/** `malformed`: not sealed by a page to us, for this, or not of six digits. */
export type NewPassword = { hash: string } | 'malformed' | 'too_simple'

/** A password that has been hashed, and for what. */
export interface HashedPassword {
  context: string
  hash: string
}
