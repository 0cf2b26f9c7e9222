import { parseArgs } from 'node:util'
import { idSchema } from '@campus-ecode/protocol/shapes'
import { readCommandConfig } from '../config.ts'
import { createLog } from '../http/log.ts'
import { openServices } from '../open-services.ts'
import { UsageError } from '../usage-error.ts'
import { refundTopUpAgain } from './refund-again.ts'

export const REFUND_TOP_UP_USAGE = `ecode refund-top-up --school SCHOOL --payment ID
  Asks the bank once more to take a top-up back that its utility would not have, where the log says
  "alarm: a top-up could not be refunded" and the bank says that now it will (docs/utility-port.md).`

const said = {
  REFUNDED: 'the money is back on the card',
  PROCESSING: 'the bank was asked and has not decided; a running core goes on asking',
  DECLINED: 'the bank will not take it back: nothing has changed',
}

/** `ecode refund-top-up`; works beside a running core. */
export async function runRefundTopUp(
  args: string[],
  env: Record<string, string | undefined>,
  print: (line: string) => void,
): Promise<void> {
  const { schoolId, paymentId } = parseOptions(args)
  const config = readCommandConfig(env)
  const { services, close } = await openServices(config, createLog('ecode', config.logLevel))
  try {
    const status = await refundTopUpAgain(services, schoolId, paymentId)
    if (!status) throw new UsageError('no top-up that waits for its refund was paid by this')
    print(said[status])
    if (status === 'DECLINED') process.exitCode = 1
  } finally {
    await close()
  }
}

function parseOptions(args: string[]): { schoolId: string; paymentId: string } {
  try {
    const text = { type: 'string' } as const
    const { school, payment } = parseArgs({ args, options: { school: text, payment: text } }).values
    if (!school || !idSchema.safeParse(payment).success) {
      throw new Error('say --school and --payment ID')
    }
    return { schoolId: school, paymentId: payment ?? '' }
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}
