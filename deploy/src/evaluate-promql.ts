import type { SyntaxNode } from '@lezer/common'
import { parser } from '@prometheus-io/lezer-promql'

/** One series of a scene: its labels, `__name__` among them, and a value for each step. */
export interface Series {
  labels: Record<string, string>
  /** Undefined where nothing was told. */
  values: (number | undefined)[]
}

export interface Sample {
  labels: Record<string, string>
  value: number
}
type Value = number | Sample[]

/**
 * Evaluates the part of PromQL that our alarms are written in, over a scene. Throws for the rest of it. No
 * Prometheus: `rate` takes what lies in its window and extrapolates nothing.
 */
export function evaluatePromql(
  text: string,
  scene: { series: Series[]; stepSeconds: number },
  atStep: number,
): Value {
  const tree = parser.parse(text)
  const textOf = (node: SyntaxNode) => text.slice(node.from, node.to)

  function evaluate(node: SyntaxNode): Value {
    switch (node.name) {
      case 'NumberDurationLiteral':
        return Number(textOf(node))
      case 'ParenExpr':
        return evaluate(firstChild(node))
      case 'VectorSelector':
        return select(node).flatMap(({ labels, values }) => {
          const value = values[atStep]
          return value === undefined ? [] : [{ labels, value }]
        })
      case 'FunctionCall':
        return callFunction(node)
      case 'AggregateExpr':
        return aggregate(node)
      case 'BinaryExpr':
        return combine(node)
      default:
        throw new Error(`not known here: ${node.name} in ${text}`)
    }
  }

  function select(node: SyntaxNode): Series[] {
    const name = node.getChild('Identifier')
    const matchers = (
      node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? []
    ).map((matcher) => {
      const wanted = JSON.parse(textOf(child(matcher, 'StringLiteral'))) as string
      const label = textOf(child(matcher, 'LabelName'))
      const operator = textOf(child(matcher, 'MatchOp'))
      return ({ labels }: Series) => {
        const value = labels[label] ?? ''
        const matches = operator.endsWith('~')
          ? new RegExp(`^(?:${wanted})$`).test(value)
          : value === wanted
        return operator.startsWith('!') ? !matches : matches
      }
    })
    return scene.series.filter(
      (series) =>
        (!name || series.labels['__name__'] === textOf(name)) &&
        matchers.every((match) => match(series)),
    )
  }

  function callFunction(node: SyntaxNode): Value {
    const name = textOf(child(node, 'FunctionIdentifier'))
    const [first, second] = childrenOf(child(node, 'FunctionCallBody'))
    if (!first) throw new Error(`${name} of nothing`)
    if (name === 'rate' || name === 'increase') {
      const minutes = /^(\d+)m$/.exec(textOf(child(first, 'DurationExpr')))?.[1]
      const steps = (Number(minutes) * 60) / scene.stepSeconds
      return select(child(first, 'VectorSelector')).flatMap(({ labels, values }) => {
        const window = values.slice(Math.max(0, atStep - steps), atStep + 1).filter(isNumber)
        const [oldest, newest] = [window[0], window.at(-1)]
        if (oldest === undefined || newest === undefined || window.length < 2) return []
        const seconds = name === 'rate' ? (window.length - 1) * scene.stepSeconds : 1
        return [{ labels: withoutName(labels), value: (newest - oldest) / seconds }]
      })
    }
    if (name === 'abs') {
      return vector(evaluate(first)).map(({ labels, value }) => ({
        labels: withoutName(labels),
        value: Math.abs(value),
      }))
    }
    if (name === 'histogram_quantile' && second) {
      return quantile(Number(textOf(first)), vector(evaluate(second)))
    }
    throw new Error(`not known here: ${name}`)
  }

  function aggregate(node: SyntaxNode): Sample[] {
    const by = node.getChild('AggregateModifier')?.getChild('GroupingLabels')
    const kept = by ? childrenOf(by).map(textOf) : []
    const groups = new Map<string, Sample[]>()
    for (const sample of vector(evaluate(firstChild(child(node, 'FunctionCallBody'))))) {
      const labels = Object.fromEntries(
        kept.flatMap((label) => (sample.labels[label] ? [[label, sample.labels[label]]] : [])),
      )
      const key = JSON.stringify(labels)
      groups.set(key, [...(groups.get(key) ?? []), { labels, value: sample.value }])
    }
    const operator = textOf(child(node, 'AggregateOp'))
    return [...groups.values()].map((group) => {
      const values = group.map(({ value }) => value)
      const sum = () => values.reduce((total, value) => total + value, 0)
      const value =
        operator === 'sum' ? sum() : operator === 'max' ? Math.max(...values) : Math.min(...values)
      return { labels: group[0]?.labels ?? {}, value }
    })
  }

  function combine(node: SyntaxNode): Value {
    const [left, operator, right] = childrenOf(node)
    if (!left || !operator || !right) throw new Error(`half an expression: ${textOf(node)}`)
    const [a, b] = [vector(evaluate(left)), evaluate(right)]
    if (operator.name === 'Or') {
      const there = new Set(a.map(keyOf))
      return [...a, ...vector(b).filter((sample) => !there.has(keyOf(sample)))]
    }
    if (operator.name === 'And') {
      const there = new Set(vector(b).map(keyOf))
      return a.filter((sample) => there.has(keyOf(sample)))
    }
    if (operator.name === 'Div') {
      const under = new Map(vector(b).map((sample) => [keyOf(sample), sample.value]))
      return a.flatMap((sample) => {
        const value = under.get(keyOf(sample))
        return value === undefined ? [] : [{ ...sample, value: sample.value / value }]
      })
    }
    if (typeof b !== 'number') throw new Error(`compared with no number: ${textOf(node)}`)
    const holds = {
      Gtr: (v: number) => v > b,
      Lss: (v: number) => v < b,
      Eql: (v: number) => v === b,
    }
    const hold = holds[operator.name as keyof typeof holds]
    if (!hold) throw new Error(`not known here: ${operator.name}`)
    return a.filter(({ value }) => hold(value))
  }

  return evaluate(firstChild(tree.topNode))
}

/** Names of all metrics that a query reads. Throws for one that is no PromQL. */
export function readMetricNames(text: string): string[] {
  const names: string[] = []
  parser.parse(text).iterate({
    enter(node) {
      if (node.type.isError) throw new Error(`not PromQL: ${text}`)
      if (node.name === 'Identifier') names.push(text.slice(node.from, node.to))
      const isNameMatcher = node.name === 'UnquotedLabelMatcher'
      const [, list] = isNameMatcher
        ? (/^__name__\s*=~?\s*"(.*)"$/.exec(text.slice(node.from, node.to)) ?? [])
        : []
      if (list) names.push(...list.split('|'))
    },
  })
  return names
}

function quantile(share: number, buckets: Sample[]): Sample[] {
  const sorted = buckets
    .map(({ labels, value }) => ({
      le: Number((labels['le'] ?? '').replace('+Inf', 'Infinity')),
      value,
    }))
    .sort((a, b) => a.le - b.le)
  const wanted = (sorted.at(-1)?.value ?? 0) * share
  let [below, start] = [0, 0]
  for (const { le, value } of sorted) {
    if (value >= wanted) {
      const width = le === Number.POSITIVE_INFINITY ? 0 : le - start
      return [
        { labels: {}, value: start + (width * (wanted - below)) / Math.max(value - below, 1e-9) },
      ]
    }
    ;[below, start] = [value, le]
  }
  return []
}

function vector(value: Value): Sample[] {
  if (typeof value === 'number') throw new Error('a number, where series were expected')
  return value
}

const isNumber = (value: number | undefined) => value !== undefined
const keyOf = ({ labels }: Sample) =>
  JSON.stringify(Object.entries(withoutName(labels)).sort(([a], [b]) => (a < b ? -1 : 1)))

function withoutName({ __name__: _, ...labels }: Record<string, string>): Record<string, string> {
  return labels
}

function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = []
  for (let at = node.firstChild; at; at = at.nextSibling) children.push(at)
  return children
}

function firstChild(node: SyntaxNode): SyntaxNode {
  if (!node.firstChild) throw new Error(`${node.name} is empty`)
  return node.firstChild
}

function child(node: SyntaxNode, name: string): SyntaxNode {
  const found = node.getChild(name)
  if (!found) throw new Error(`${node.name} has no ${name}`)
  return found
}
