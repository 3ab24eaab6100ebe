import { readdirSync } from 'node:fs';
import { getHeapSpaceStatistics } from 'node:v8';

/** Fewer samples tell nothing of growth. */
const LEAST_SAMPLES = 5;

/** What the process holds now, by kind. */
export function handlesNow() {
  const counts = {};
  for (const kind of process.getActiveResourcesInfo()) {
    // What is asked of the system just now.
    if (kind.endsWith('Req') || kind.endsWith('ReqWrap')) continue;
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  const descriptors = openDescriptors();
  if (descriptors !== undefined) counts.descriptors = descriptors;
  return counts;
}

/** Connections that wait for the next request keep nothing alive, so they are counted here only. */
function openDescriptors() {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    // Not on Linux.
    return undefined;
  }
}

/** Used bytes after all garbage is gone, without the code that V8 compiles for many minutes. */
export function heapNow() {
  globalThis.gc();
  const used = getHeapSpaceStatistics()
    .filter(({ space_name: name }) => !name.startsWith('code_'))
    .reduce((sum, { space_used_size: size }) => sum + size, 0);
  return used + process.memoryUsage().external;
}

/** Samples of the heap and of all handles over a run. */
export class ResourceLog {
  #samples = [];

  add(at, heap, handles) {
    this.#samples.push({ at, heap, handles });
  }

  /** The second half: before that caches fill and code is compiled. */
  get #judged() {
    const first = this.#samples[0]?.at ?? 0;
    const last = this.#samples.at(-1)?.at ?? 0;
    const from = (first + last) / 2;
    return this.#samples.filter(({ at }) => at >= from);
  }

  /** Whether the run was long enough to tell whether something grows. */
  get isEnough() {
    return this.#judged.length >= LEAST_SAMPLES;
  }

  /** Slope of the heap in kB a minute with its standard error, and over how many minutes. */
  heap() {
    const points = this.#judged.map(({ at, heap }) => ({
      x: at / 60_000,
      y: heap / 1024,
    }));
    return {
      ...fitLine(points),
      minutes: points.at(-1).x - points[0].x,
      samples: points.length,
      last: Math.round(points.at(-1)?.y ?? 0),
    };
  }

  /**
   * The most of each kind of handle in the first third, and the least in the
   * last: their number moves with the troubles, but what leaks stays. What is
   * left at the end is another matter, and exact.
   */
  handles() {
    const samples = this.#samples;
    const third = Math.floor(samples.length / 3);
    const kinds = new Set(
      samples.flatMap(({ handles }) => Object.keys(handles)),
    );
    const counts = (some, kind) =>
      some.map(({ handles }) => handles[kind] ?? 0);
    return Object.fromEntries(
      [...kinds].map((kind) => [
        kind,
        {
          first: Math.max(...counts(samples.slice(0, third), kind)),
          last: Math.min(...counts(samples.slice(-third), kind)),
        },
      ]),
    );
  }
}

/** Least squares. */
function fitLine(points) {
  const count = points.length;
  const mean = (of) => points.reduce((sum, one) => sum + of(one), 0) / count;
  const meanX = mean(({ x }) => x);
  const meanY = mean(({ y }) => y);
  const sum = (of) => points.reduce((total, one) => total + of(one), 0);
  const spread = sum(({ x }) => (x - meanX) ** 2);
  const slope = sum(({ x, y }) => (x - meanX) * (y - meanY)) / spread;
  const rest = sum(({ x, y }) => (y - meanY - slope * (x - meanX)) ** 2);
  return { slope, error: Math.sqrt(rest / (count - 2) / spread) };
}
