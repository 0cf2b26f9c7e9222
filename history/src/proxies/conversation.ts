import { createMessageReader, readTwoStrings } from './postgres-messages.ts'

/** What is to be kept, or now is. */
export interface Keeping {
  /** Statements of the transaction, oldest first. */
  statements: string[]
  /** A payment batch, which a till waits for, rather than a settling transaction. */
  isPayBatch: boolean
  /** An order that waited is paid by an approval (R23). */
  isConfirmation: boolean
}

/** One connection between a core and PostgreSQL, followed by what goes past. */
export interface Conversation {
  /** Bytes from the core. @returns What it asks with them to be committed. */
  fromCore(chunk: Buffer): Keeping[]
  /** Bytes from PostgreSQL. @returns What it says with them to have been committed. */
  fromServer(chunk: Buffer): Keeping[]
}

/** Moves money or decides about it; all else that commits is of no interest here. */
const MONEY = /\bpay_batch\(|\b(insert into|update) (payments|postings|refunds)\b/i
const COMMIT = /^\s*commit\b/i

/** What ends with one ReadyForQuery: a simple Query, or all up to a Sync. */
interface Unit {
  statements: string[]
  failed: boolean
}

export function createConversation(): Conversation {
  const prepared = new Map<string, string>()
  const awaited: Unit[] = []
  let asked: Keeping[] = []
  let kept: Keeping[] = []
  let unit: Unit = { statements: [], failed: false }
  /** Of the transaction block that is open, as far as PostgreSQL has answered. */
  let block: string[] = []
  let inBlock = false

  function endUnit(): void {
    const before = inBlock ? block : []
    const pending = awaited.flatMap(({ statements }) => statements)
    const statements = [...before, ...pending, ...unit.statements]
    const commits = unit.statements.some((text) => COMMIT.test(text))
    const alone = !inBlock && pending.length === 0
    if ((commits || alone) && statements.some((text) => MONEY.test(text))) {
      asked.push(toKeeping(statements))
    }
    awaited.push(unit)
    unit = { statements: [], failed: false }
  }

  const readCore = createMessageReader('client', (type, body) => {
    if (type === 'P') {
      const [name, text] = readTwoStrings(body)
      prepared.set(name, text)
    } else if (type === 'B') {
      const [, name] = readTwoStrings(body)
      unit.statements.push(prepared.get(name) ?? '')
    } else if (type === 'Q') {
      unit.statements.push(body.toString('utf8', 0, body.length - 1))
      endUnit()
    } else if (type === 'S') {
      endUnit()
    }
  })

  const readServer = createMessageReader('server', (type, body) => {
    // A COMMIT is answered with ROLLBACK, and no error, where a statement before it has failed.
    const rolledBack = type === 'C' && body.toString('latin1').startsWith('ROLLBACK')
    const [head] = awaited
    if (head && (type === 'E' || rolledBack)) head.failed = true
    if (type !== 'Z') return
    // The first ReadyForQuery answers the start of the connection, which is no unit.
    const done = awaited.shift()
    const statements = [...block, ...(done?.statements ?? [])]
    const isIdle = body.toString('latin1') === 'I'
    if (isIdle && done && !done.failed) {
      if (statements.some((text) => MONEY.test(text))) kept.push(toKeeping(statements))
    }
    inBlock = !isIdle
    block = isIdle ? [] : statements
  })

  return {
    fromCore(chunk) {
      asked = []
      readCore(chunk)
      return asked
    },
    fromServer(chunk) {
      kept = []
      readServer(chunk)
      return kept
    },
  }
}

function toKeeping(statements: string[]): Keeping {
  const has = (pattern: RegExp) => statements.some((text) => pattern.test(text))
  return {
    statements,
    isPayBatch: has(/\bpay_batch\(/i),
    isConfirmation: has(/\bupdate approvals\b/i) && has(/\bupdate payments\b/i),
  }
}
