import {
  type Context,
  context,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'

/** Set once tracing was started; until then a span costs a comparison. */
let isTracing = false
const tracer = trace.getTracer('campus-ecode')

export interface TracingConfig {
  /** Of an OTLP/HTTP collector. */
  endpoint: string
  /** Share of the traces begun here that are kept. */
  ratio: number
}

/**
 * Sends spans to a collector. What does so is loaded only now: a process without a collector has none of it.
 *
 * @returns How to stop, which sends what is left.
 */
export async function startTracing(
  service: string,
  { endpoint, ratio }: TracingConfig,
): Promise<() => Promise<void>> {
  const [
    sdk,
    { OTLPTraceExporter },
    { AsyncLocalStorageContextManager },
    { resourceFromAttributes },
  ] = await Promise.all([
    import('@opentelemetry/sdk-trace-base'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/context-async-hooks'),
    import('@opentelemetry/resources'),
  ])
  const { W3CTraceContextPropagator } = await import('@opentelemetry/core')
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` })
  const provider = new sdk.BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': service }),
    sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(ratio) }),
    spanProcessors: [new sdk.BatchSpanProcessor(exporter)],
  })
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(new W3CTraceContextPropagator())
  trace.setGlobalTracerProvider(provider)
  isTracing = true
  return async () => {
    isTracing = false
    await provider.shutdown()
    trace.disable()
    propagation.disable()
    context.disable()
  }
}

/** Runs `work` in a span of what is going on. Names and attributes are ours: nothing of a person. */
export function inSpan<T>(
  name: string,
  kind: 'internal' | 'client',
  work: (span: Span | undefined) => Promise<T>,
): Promise<T> {
  if (!isTracing) return work(undefined)
  const span = { kind: kind === 'client' ? SpanKind.CLIENT : SpanKind.INTERNAL }
  return tracer.startActiveSpan(name, span, (active) => runIn(active, work))
}

/** The same for a call that came in, as part of the caller's trace (W3C Trace Context). */
export function inServerSpan<T>(
  headers: Record<string, unknown>,
  name: string,
  work: (span: Span | undefined) => Promise<T>,
): Promise<T> {
  if (!isTracing) return work(undefined)
  const parent: Context = propagation.extract(context.active(), headers)
  return tracer.startActiveSpan(name, { kind: SpanKind.SERVER }, parent, (active) =>
    runIn(active, work),
  )
}

/** Adds `traceparent` to what is sent on. */
export function withTrace(headers: Record<string, string>): Record<string, string> {
  if (isTracing) propagation.inject(context.active(), headers)
  return headers
}

async function runIn<T>(span: Span, work: (span: Span) => Promise<T>): Promise<T> {
  try {
    return await work(span)
  } catch (error) {
    // Not the message: it may quote what was sent.
    span.setStatus({ code: SpanStatusCode.ERROR })
    throw error
  } finally {
    span.end()
  }
}
