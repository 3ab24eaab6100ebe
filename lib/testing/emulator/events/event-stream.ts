import type { Clock, TimerHandle } from '../../../common/clock.js';
import { matchesGlob } from '../access/glob.js';
import type { Change } from '../state/changes.js';
import type { Project } from '../state/models.js';

export interface Registration {
  readonly event: string;
  readonly conditions?: {
    readonly environmentSlug: string;
    /** A glob. */
    readonly secretPath: string;
  };
}

export interface EventSink {
  readonly write: (frame: string) => void;
  readonly end: () => void;
}

interface EventStreamInit {
  readonly project: Project;
  readonly registrations: readonly Registration[];
  readonly clock: Clock;
  readonly sink: EventSink;
  /** Whether the caller may still listen to all of it. */
  readonly isAllowed: () => boolean;
  readonly onClose: (stream: EventStream) => void;
}

const HEARTBEAT = 15_000;
/** In heartbeats: permissions every minute, the end after an hour. */
const BEATS_PER_CHECK = 4;
const BEATS_PER_LIFE = 240;
const LOST = { message: 'Permission denied or refresh failed' };

/** One subscription: frames of server-sent events (contract: secrets §10). */
export class EventStream {
  private timer: TimerHandle | undefined;
  private beats = 0;
  private isOpen = true;

  constructor(private readonly init: EventStreamInit) {
    this.schedule();
  }

  get project(): Project {
    return this.init.project;
  }

  /** Sends a change, if it was asked for. Values are never sent. */
  tell({ kind, project, environment, path, keys }: Change): void {
    const event = `secret:${kind}`;
    const wanted = this.init.registrations.some(
      (one) => one.event === event && holds(one, environment, path),
    );
    if (!this.isOpen || !wanted || project !== this.init.project) return;
    const place = { environment, secretPath: path };
    const payload =
      kind === 'import-mutation'
        ? place
        : keys.map((secretKey) => ({ ...place, secretKey }));
    const data = {
      projectType: project.type,
      data: { eventType: event, payload },
    };
    const id = this.init.clock.now();
    const json = JSON.stringify(data);
    this.init.sink.write(`id: ${id}\nevent: ${event}\ndata: ${json}\n\n`);
  }

  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    if (this.timer) this.init.clock.clearTimeout(this.timer);
    this.init.onClose(this);
    this.init.sink.end();
  }

  private schedule(): void {
    this.timer = this.init.clock.setTimeout(() => this.beat(), HEARTBEAT, {
      background: true,
    });
  }

  private beat(): void {
    const { sink, isAllowed } = this.init;
    this.beats++;
    if (this.beats >= BEATS_PER_LIFE) {
      this.close();
      return;
    }
    if (this.beats % BEATS_PER_CHECK === 0 && !isAllowed()) {
      sink.write(`event: error\ndata: ${JSON.stringify(LOST)}\n\n`);
      this.close();
      return;
    }
    // Without data: a parser of events does not dispatch it.
    sink.write('event: ping\n\n');
    this.schedule();
  }
}

function holds(
  { conditions }: Registration,
  environment: string,
  path: string,
): boolean {
  if (!conditions) return true;
  const { environmentSlug, secretPath } = conditions;
  return environmentSlug === environment && matchesGlob(path, secretPath);
}
