import { addsUp, statementSchema, statementSigningInput } from '@campus-ecode/protocol/statement'
import { createSigners, type SigningHalf } from './signer.ts'

/**
 * Signs statements (R34), each school's and key id's by a key of its own. It has to be a statement of this
 * school that adds up: nothing else can be had under these keys.
 *
 * @param derive Bits under a name, always the same.
 */
export function createStatementOperations(derive: (name: string, length: number) => Uint8Array) {
  const signer = createSigners().ed25519()
  const halves = new Map<string, SigningHalf>()
  const halfOf = (schoolId: string, keyId: number) => {
    const name = `statement|${schoolId}|${keyId}`
    const half = halves.get(name) ?? signer.createKey(derive(name, signer.seedBytes))
    halves.set(name, half)
    return half
  }
  return {
    statementKey: (schoolId: string, keyId: number) => halfOf(schoolId, keyId).publicKey,

    signStatement(schoolId: string, content: Uint8Array) {
      const statement = statementSchema.parse(JSON.parse(Buffer.from(content).toString('utf8')))
      if (statement.schoolId !== schoolId || !addsUp(statement)) {
        throw new RangeError('not a statement of this school')
      }
      return halfOf(schoolId, statement.keyId).sign(statementSigningInput(content))
    },
  }
}
