import { type DestinationStream, type Logger, pino } from 'pino'
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
  const options = {
    level,
    base: { name },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: describeFault, error: describeFault },
  }
  return pino(options, destination)
}
