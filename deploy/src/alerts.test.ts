import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { evaluatePromql, readMetricNames, type Series } from './evaluate-promql.ts'

const STEP_SECONDS = 15
const labelsSchema = z.record(z.string(), z.string())
const rulesSchema = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.object({
          alert: z.string(),
          expr: z.string(),
          for: z.string().default('0s'),
          labels: labelsSchema,
          annotations: z.object({ summary: z.string() }),
        }),
      ),
    }),
  ),
})
const scenesSchema = z.object({
  tests: z.array(
    z.object({
      name: z.string(),
      input_series: z.array(z.object({ series: z.string(), values: z.string() })),
      alert_rule_test: z.array(
        z.object({
          eval_time: z.string(),
          alertname: z.string(),
          exp_alerts: z.array(z.object({ exp_labels: labelsSchema })).default([]),
        }),
      ),
    }),
  ),
})

const folder = new URL('../monitoring/', import.meta.url)
const readText = (name: string) => readFile(new URL(name, folder), 'utf8')
const rules = rulesSchema
  .parse(parse(await readText('alerts.yaml')))
  .groups.flatMap((group) => group.rules)
const { tests: scenes } = scenesSchema.parse(parse(await readText('alerts.test.yaml')))

/** `1x4 0+2x3` is 1 five times, then 0 2 4 6. */
function readValues(text: string): (number | undefined)[] {
  return text.split(' ').flatMap((part) => {
    const [, start = '', step = '0', count = '0'] =
      /^(-?[\d.]+)([+-][\d.]+)?(?:x(\d+))?$/.exec(part) ?? []
    if (start === '') throw new Error(`no values: ${part}`)
    return Array.from({ length: Number(count) + 1 }, (_, n) => Number(start) + Number(step) * n)
  })
}

function readSeries(text: string, values: string): Series {
  const [, name = '', labels = ''] = /^(\w+)(?:\{(.*)\})?$/.exec(text) ?? []
  const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', value = '']) => [
    key,
    value,
  ])
  return { labels: { ...Object.fromEntries(pairs), __name__: name }, values: readValues(values) }
}

function toSeconds(text: string): number {
  return [...text.matchAll(/(\d+)(m|s)/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (unit === 'm' ? 60 : 1),
    0,
  )
}

/** Labels of the alarms that fire: those that held at every step of the time that the rule asks for. */
function firing(alertname: string, scene: { series: Series[]; stepSeconds: number }, step: number) {
  const rule = rules.find(({ alert }) => alert === alertname)
  if (!rule) throw new Error(`there is no alarm ${alertname}`)
  const first = step - Math.ceil(toSeconds(rule.for) / STEP_SECONDS)
  let held: Set<string> | undefined
  for (let at = Math.max(0, first); at <= step; at++) {
    const found = evaluatePromql(rule.expr, scene, at)
    if (typeof found === 'number') throw new Error('an alarm is no number')
    const now = new Set(
      found.map(({ labels: { __name__: _, ...labels } }) =>
        sortedText({ ...labels, ...rule.labels }),
      ),
    )
    held = held ? new Set([...held].filter((each) => now.has(each))) : now
  }
  return [...(held ?? [])].sort()
}

const sortedText = (labels: Record<string, string>) =>
  JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))

describe.each(scenes)('$name', ({ input_series, alert_rule_test }) => {
  const series = input_series.map((each) => readSeries(each.series, each.values))
  it.each(alert_rule_test)('$alertname at $eval_time', ({ eval_time, alertname, exp_alerts }) => {
    const step = toSeconds(eval_time) / STEP_SECONDS
    const expected = exp_alerts.map(({ exp_labels }) => sortedText(exp_labels)).sort()
    expect(firing(alertname, { series, stepSeconds: STEP_SECONDS }, step)).toEqual(expected)
  })
})

it('has a scene for each of the ten in which it fires', () => {
  const fired = scenes.flatMap(({ alert_rule_test }) =>
    alert_rule_test.filter(({ exp_alerts }) => exp_alerts.length > 0).map((test) => test.alertname),
  )
  expect(rules).toHaveLength(10)
  expect([...new Set(fired)].sort()).toEqual(rules.map(({ alert }) => alert).sort())
})

it('has a section of the guide for each', async () => {
  const guide = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8')
  for (const { alert } of rules) expect(guide).toContain(`### ${alert}\n`)
})

it('reads names from queries, and refuses what is none', () => {
  expect(readMetricNames('sum(rate(a_total{x="y"}[5m])) / max by (z) (b)')).toEqual([
    'a_total',
    'b',
  ])
  expect(readMetricNames('{__name__=~"a|b"} == 0')).toEqual(['a', 'b'])
  expect(() => readMetricNames('sum(rate(a[5m])')).toThrow('not PromQL')
})
