import { register } from '@campus-ecode/service/metrics'

/** What Prometheus would be told of one outside system: questions by outcome. */
export async function readPortCalls(port: string): Promise<Record<string, number>> {
  const { values = [] } =
    (await register.getSingleMetric('ecode_core_port_calls_total')?.get()) ?? {}
  return Object.fromEntries(
    values
      .filter(({ labels }) => labels['port'] === port)
      .map(({ labels, value }) => [labels['outcome'], value]),
  )
}
