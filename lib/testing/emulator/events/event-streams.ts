import type { Change } from '../state/changes.js';
import type { Project } from '../state/models.js';
import type { EventStream } from './event-stream.js';

/** The open event streams. */
export class EventStreams {
  private readonly streams = new Set<EventStream>();

  add(stream: EventStream): void {
    this.streams.add(stream);
  }

  remove(stream: EventStream): void {
    this.streams.delete(stream);
  }

  countOf(project: Project): number {
    return [...this.streams].filter((one) => one.project === project).length;
  }

  tell(change: Change): void {
    for (const stream of this.streams) stream.tell(change);
  }

  closeAll(): void {
    for (const stream of [...this.streams]) stream.close();
  }
}
