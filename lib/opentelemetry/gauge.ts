import type { Attributes, ObservableResult } from '@opentelemetry/api';
import type { Telemetry } from './telemetry-options.js';

/**
 * A gauge that is read whenever metrics are collected.
 *
 * @param read calls back for each value
 * @returns how to end that
 */
export function observeGauge(
  { meter, common }: Telemetry,
  name: string,
  about: { description: string; unit: string },
  read: (observe: (value: number, attributes?: Attributes) => void) => void,
): () => void {
  const gauge = meter.createObservableGauge(name, about);
  const callback = (result: ObservableResult): void =>
    read((value, attributes) =>
      result.observe(value, { ...attributes, ...common }),
    );
  gauge.addCallback(callback);
  return () => gauge.removeCallback(callback);
}
