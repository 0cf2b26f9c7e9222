import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino'
import { countAlarm } from '../metrics/metrics.ts'
import { describeFault } from './faults.ts'

/**
 * The process's log: JSON lines on standard output. What is logged about a call is its route's name,
 * status and codes; never its address, headers or content.
 */
export function createLog(
  name: string,
  level: string,
  destination: DestinationStream = pino.destination(1),
): Logger {
  const options: LoggerOptions = {
    level,
    base: { name },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    hooks: {
      logMethod(args, method) {
        const message = args.at(-1)
        if (typeof message === 'string' && message.startsWith('alarm:')) countAlarm(message)
        method.apply(this, args)
      },
    },
    serializers: { err: describeFault, error: describeFault },
  }
  return pino(options, destination)
}
