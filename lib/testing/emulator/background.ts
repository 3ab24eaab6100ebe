/** Work that goes on after its request was answered, or without one. */
export class Background {
  private readonly running = new Set<Promise<void>>();

  /** Runs `work`; its errors are its own affair. */
  run(work: () => Promise<unknown>): void {
    const task = work()
      .then(
        () => undefined,
        () => undefined,
      )
      .finally(() => this.running.delete(task));
    this.running.add(task);
  }

  /** Waits for a piece of work as well, wherever its outcome goes. */
  track<T>(work: Promise<T>): Promise<T> {
    this.run(() => work);
    return work;
  }

  /** Resolves when nothing is running, also what was started meanwhile. */
  async idle(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running);
  }
}
