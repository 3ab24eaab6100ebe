import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AggregationTemporality,
  DataPointType,
  MeterProvider,
  type MetricData,
  MetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';

/** Collects when asked to. */
class ManualReader extends MetricReader {
  protected onForceFlush(): Promise<void> {
    return Promise.resolve();
  }

  protected onShutdown(): Promise<void> {
    return Promise.resolve();
  }
}

/** A span as its name, and what began inside. */
export interface SpanTree {
  readonly name: string;
  readonly children: readonly SpanTree[];
}

/** The SDK of OpenTelemetry with everything in memory. */
export class TelemetryBench {
  readonly #exporter = new InMemorySpanExporter();
  readonly #reader = new ManualReader();
  /** Forgets what it has told: a gauge that nobody reads any more has no value. */
  readonly #forgetful = new ManualReader({
    aggregationTemporalitySelector: () => AggregationTemporality.DELTA,
  });
  readonly #order: string[] = [];
  readonly tracerProvider = new BasicTracerProvider({
    spanProcessors: [
      new SimpleSpanProcessor(this.#exporter),
      {
        onStart: (span) => void this.#order.push(span.spanContext().spanId),
        onEnd: () => undefined,
        forceFlush: () => Promise.resolve(),
        shutdown: () => Promise.resolve(),
      },
    ],
  });
  readonly meterProvider = new MeterProvider({
    readers: [this.#reader, this.#forgetful],
  });

  /** What an SDK does at the start of a process: spans have parents from now on. */
  static enableContext(): void {
    context.setGlobalContextManager(
      new AsyncLocalStorageContextManager().enable(),
    );
  }

  static disableContext(): void {
    context.disable();
  }

  /** For the options of what is tested. */
  get providers() {
    const { tracerProvider, meterProvider } = this;
    return { tracerProvider, meterProvider };
  }

  /** Runs work as a request of the app, with a span of its own. */
  request<T>(name: string, work: () => Promise<T>): Promise<T> {
    const span = this.tracerProvider.getTracer('app').startSpan(name);
    const inside = trace.setSpan(context.active(), span);
    return context.with(inside, work).finally(() => span.end());
  }

  /** Spans that have ended, in the order of their start. */
  get spans(): ReadableSpan[] {
    const order = (span: ReadableSpan): number =>
      this.#order.indexOf(span.spanContext().spanId);
    return [...this.#exporter.getFinishedSpans()].sort(
      (a, b) => order(a) - order(b),
    );
  }

  /** The spans of a name. */
  named(name: string): ReadableSpan[] {
    return this.spans.filter((span) => span.name === name);
  }

  /** Spans inside of those with this id; those without a parent if there is none. */
  tree(parent?: string): SpanTree[] {
    return this.spans
      .filter(({ parentSpanContext: of }) => of?.spanId === parent)
      .map((span) => ({
        name: span.name,
        children: this.tree(span.spanContext().spanId),
      }));
  }

  /** Forgets the spans so far. */
  forget(): void {
    this.#exporter.reset();
  }

  /** All metrics that have a value. */
  async metrics(): Promise<MetricData[]> {
    const { resourceMetrics, errors } = await this.#reader.collect();
    if (errors.length > 0) throw errors[0];
    return resourceMetrics.scopeMetrics
      .flatMap(({ metrics }) => metrics)
      .filter(({ dataPoints }) => dataPoints.length > 0);
  }

  /** Attributes and value of each point of a metric; none when it is not there. */
  async points(
    name: string,
  ): Promise<{ attributes: object; value: unknown }[]> {
    const found = (await this.metrics()).find(
      ({ descriptor }) => descriptor.name === name,
    );
    return (found?.dataPoints ?? []).map(({ attributes, value }) => ({
      attributes,
      value,
    }));
  }

  /** Names of the gauges that someone reads now. */
  async gauges(): Promise<string[]> {
    const { resourceMetrics } = await this.#forgetful.collect();
    return resourceMetrics.scopeMetrics
      .flatMap((scope) => scope.metrics)
      .filter(
        ({ dataPointType, dataPoints }) =>
          dataPointType === DataPointType.GAUGE && dataPoints.length > 0,
      )
      .map(({ descriptor }) => descriptor.name)
      .sort();
  }

  /** All that an exporter would send, as a text. */
  async exported(): Promise<string> {
    const spans = this.spans.map(
      ({ name, attributes, events, status, links, resource }) => ({
        name,
        attributes,
        events,
        status,
        links,
        resource: resource.attributes,
      }),
    );
    return JSON.stringify([spans, await this.metrics()]);
  }

  async end(): Promise<void> {
    await this.tracerProvider.shutdown();
    await this.meterProvider.shutdown();
  }
}
