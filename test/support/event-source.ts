/** Reads an event stream byte by byte, as a client without a parser would. */
export class EventSource {
  private text = '';
  private isEnded = false;
  private wake: () => void = () => undefined;

  private constructor(
    readonly response: Response,
    private readonly abort: AbortController,
  ) {
    void this.read();
  }

  static async open(
    url: string,
    token: string | undefined,
    body: unknown,
  ): Promise<EventSource> {
    const abort = new AbortController();
    const response = await fetch(url, {
      method: 'POST',
      signal: abort.signal,
      headers: {
        'content-type': 'application/json',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
    });
    return new EventSource(response, abort);
  }

  /** The first `count` frames, as soon as they are there. */
  async frames(count: number): Promise<string[]> {
    for (;;) {
      const frames = this.text.split('\n\n').slice(0, -1);
      if (frames.length >= count || this.isEnded) return frames;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  /** Everything that was sent until the server ended the stream. */
  async end(): Promise<string> {
    while (!this.isEnded) {
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
    return this.text;
  }

  close(): void {
    this.abort.abort();
  }

  private async read(): Promise<void> {
    const decoder = new TextDecoder();
    try {
      for await (const chunk of this.response.body ?? []) {
        this.text += decoder.decode(chunk as Uint8Array, { stream: true });
        this.wake();
      }
    } catch {
      // Closed by whoever reads.
    }
    this.isEnded = true;
    this.wake();
  }
}
