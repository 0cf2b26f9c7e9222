import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import { z } from 'zod'
import { readMetricNames } from './evaluate-promql.ts'

const panelSchema = z.object({
  title: z.string(),
  targets: z.array(z.object({ expr: z.string() })).default([]),
})
const dashboardSchema = z.object({ panels: z.array(panelSchema).min(1) })
const rulesSchema = z.object({
  groups: z.array(z.object({ rules: z.array(z.object({ expr: z.string() })) })),
})

/** Every metric of ours that the dashboard or an alarm reads, histograms by their own name. */
export async function readWatchedMetrics(): Promise<string[]> {
  const read = (name: string) => readFile(new URL(`../monitoring/${name}`, import.meta.url), 'utf8')
  const { panels } = dashboardSchema.parse(JSON.parse(await read('dashboard.json')))
  const { groups } = rulesSchema.parse(parse(await read('alerts.yaml')))
  const queries = [
    ...panels.flatMap(({ targets }) =>
      targets.map(({ expr }) => expr.replaceAll('$__rate_interval', '5m')),
    ),
    ...groups.flatMap(({ rules }) => rules.map(({ expr }) => expr)),
  ]
  const names = queries.flatMap(readMetricNames).filter((name) => name !== 'up')
  return [...new Set(names.map((name) => name.replace(/_(bucket|count|sum)$/, '')))].sort()
}
