import { parseArgs } from 'node:util'
import { cursorSchema } from '@campus-ecode/protocol/events'
import { parseYuan } from '@campus-ecode/protocol/money'
import { type Presented, payTokenValueSchema } from '@campus-ecode/protocol/payments'
import { orderNoSchema } from '@campus-ecode/protocol/shapes'
import { UsageError } from './usage-error.ts'

export const USAGE = `Usage: npm run --silent terminal -- <command> [options]

  pay      --code <digits or -> --amount <yuan> --order <no> [--patience <s>] [--reverse-after <s>]
           [--password-wait <s>]; in place of --code: --card-token - or --face-token -
  query    --order <no>
  reverse  --order <no> [--patience <s>]
  refund   --order <no> --refund <no> --amount <yuan> [--patience <s>]
  incoming [--after <cursor>]: what the terminal's printed code took
  whoami
  gate     a gate that reads codes from standard input; gate --help says more
  shower   a shower that is told from standard input what happens; shower --help says more
  conform  <command>: holds a gate's verifier against the test vectors
  verify   our own verifier, as conform wants one

  --code -           read the code from standard input, so that no process list shows it
  --card-token -     read from standard input, and from nowhere else, what the card reader gave;
  --face-token -     or what the camera calls the face
  --amount 12.50     in yuan
  --after <cursor>   the cursor of the answer before; the last twelve hours, when left out
  --patience 45      seconds until an open outcome is called unknown
  --reverse-after 15 seconds after which an open payment is undone; never, when left out
  --password-wait 60 seconds that the payer has to enter the password, before those two begin; what
                     the order itself says and 15, when left out
  --demo <path>      a demo.json; $DATA_DIR/demo.json (.data/demo.json) when left out
  --terminal <id>    which of its terminals; the first when left out

With TERMINAL_KEY_ID set, CORE_URL and TERMINAL_SECRET_FILE (a file that holds the secret) are used
in place of a demo.json.

Prints one line of JSON. Exit code: 0 paid or done, 1 refused, 2 unknown, 3 wrong usage.`

/** Where to find the key. */
export interface AccessOptions {
  demo: string | undefined
  terminal: string | undefined
}

export type Command = AccessOptions &
  (
    | {
        name: 'pay'
        orderNo: string
        amountFen: number
        presented: Presented
        patienceMs: number | undefined
        reverseAfterMs: number | undefined
        passwordWaitMs: number | undefined
      }
    | { name: 'query'; orderNo: string }
    | { name: 'reverse'; orderNo: string; patienceMs?: number }
    | {
        name: 'refund'
        orderNo: string
        refundNo: string
        amountFen: number
        patienceMs?: number
      }
    | { name: 'incoming'; after?: string }
    | { name: 'whoami' }
  )

/** What a command takes beside --demo and --terminal. */
const taken = {
  pay: [
    'code',
    'card-token',
    'face-token',
    'amount',
    'order',
    'patience',
    'reverse-after',
    'password-wait',
  ],
  query: ['order'],
  reverse: ['order', 'patience'],
  refund: ['order', 'refund', 'amount', 'patience'],
  incoming: ['after'],
  whoami: [],
} as const satisfies Record<Command['name'], readonly string[]>

/** Reads a command line. Throws UsageError. */
export async function parseCommand(
  args: string[],
  readInput: () => Promise<string>,
): Promise<Command> {
  const { values, positionals } = parse(args)
  const [name, ...more] = positionals
  if (!isCommandName(name) || more.length > 0) throw new UsageError('name one command')
  const known: readonly string[] = ['demo', 'terminal', ...taken[name]]
  for (const option of Object.keys(values)) {
    if (!known.includes(option)) throw new UsageError(`${name} takes no --${option}`)
  }
  const access = { demo: values.demo, terminal: values.terminal }
  if (name === 'whoami') return { name, ...access }
  if (name === 'incoming') return { name, ...readAfter(values.after), ...access }
  const orderNo = readNumber('order', values.order)
  if (name === 'query') return { name, orderNo, ...access }
  const patienceMs = readSeconds('patience', values.patience)
  const patience = patienceMs === undefined ? {} : { patienceMs }
  if (name === 'reverse') return { name, orderNo, ...patience, ...access }
  const amountFen = readAmount(values.amount)
  if (name === 'refund') {
    const refundNo = readNumber('refund', values.refund)
    return { name, orderNo, refundNo, amountFen, ...patience, ...access }
  }
  const reverseAfterMs = readSeconds('reverse-after', values['reverse-after'])
  const passwordWaitMs = readSeconds('password-wait', values['password-wait'])
  const presented = await readPresented(values, readInput)
  const waits = { patienceMs, reverseAfterMs, passwordWaitMs }
  return { name, orderNo, amountFen, presented, ...waits, ...access }
}

const string = { type: 'string' } as const
const options = {
  code: string,
  'card-token': string,
  'face-token': string,
  amount: string,
  order: string,
  refund: string,
  patience: string,
  'reverse-after': string,
  'password-wait': string,
  after: string,
  demo: string,
  terminal: string,
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options, allowPositionals: true })
  } catch {
    // Its message quotes the argument, which may be a code in the wrong place.
    throw new UsageError('an option is unknown or lacks its value')
  }
}

function isCommandName(name: string | undefined): name is Command['name'] {
  return name !== undefined && Object.hasOwn(taken, name)
}

function readAfter(after: string | undefined): { after?: string } {
  if (after === undefined) return {}
  const read = cursorSchema.safeParse(after)
  if (!read.success) throw new UsageError('--after is the cursor of the answer before')
  return { after: read.data }
}

/** An order or refund number. */
function readNumber(option: string, value: string | undefined): string {
  const read = orderNoSchema.safeParse(value)
  if (!read.success) throw new UsageError(`--${option} is 1 to 64 of A-Z a-z 0-9 _ -`)
  return read.data
}

function readAmount(value: string | undefined): number {
  const fen = parseYuan(value ?? '')
  if (fen === undefined) throw new UsageError('--amount is in yuan, such as 12 or 12.50')
  return fen
}

function readSeconds(option: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined
  if (!/^\d{1,4}(\.\d{1,3})?$/.test(value)) throw new UsageError(`--${option} is in seconds`)
  return Number(value) * 1000
}

/** Untouched, as a till sends it; only what standard input adds at its end is taken off. */
async function readPresented(
  { code, ...tokens }: Partial<Record<'code' | 'card-token' | 'face-token', string>>,
  readInput: () => Promise<string>,
): Promise<Presented> {
  const readLine = async () => (await readInput()).replace(/\r?\n$/, '')
  const kinds = (['card', 'face'] as const).filter((kind) => tokens[`${kind}-token`] !== undefined)
  const [kind] = kinds
  if (kinds.length + (code === undefined ? 0 : 1) !== 1) {
    throw new UsageError('name one of --code, --card-token and --face-token')
  }
  if (!kind) return { code: code === '-' || code === undefined ? await readLine() : code }
  // Good for as long as the card is: every process list would have shown it.
  if (tokens[`${kind}-token`] !== '-') {
    throw new UsageError(`--${kind}-token takes nothing but -, and reads standard input`)
  }
  const value = payTokenValueSchema.safeParse(await readLine())
  if (!value.success) throw new UsageError(`the ${kind} token is 1 to 128 of printable ASCII`)
  return { token: { kind, value: value.data } }
}
