// Keeps the page on the daemon's stream: snapshot, then events from its cursor on; comes back by itself after a break, from the last
// cursor, within two seconds of the daemon being there again. EventSource is not used: it hides bytes, silence and the cursor.
import { EventParser, type StreamEvent } from "./sse";
import { kSilenceMs } from "./health";

export interface StreamHandlers {
  snapshot(incidents: unknown[], serverTimeUs: number): void;
  incident(json: unknown): void;
  heartbeat(json: unknown): void;
  unreadable(what: string): void;
  heard(): void; // any byte
}

export interface StreamPorts {
  fetch: typeof fetch;
  now(): number;
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export const kMaxBackoffMs = 1000;

export class StreamClient {
  private cursor: string | null = null;
  private attempts_ = 0;
  private readonly stopping = new AbortController();
  private connection: AbortController | null = null;
  private lastByteAt = 0;

  constructor(
    private readonly base: string,
    private readonly handlers: StreamHandlers,
    private readonly ports: StreamPorts,
  ) {}

  // Connections tried since the last event; a stream that only ever says "reset" is asked less and less often.
  get attempts(): number {
    return this.attempts_;
  }
  get lastCursor(): string | null {
    return this.cursor;
  }

  async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      this.attempts_ += 1;
      const connection = new AbortController();
      this.connection = connection;
      this.lastByteAt = this.ports.now();
      try {
        if (this.cursor === null) await this.load(connection.signal);
        await this.follow(connection.signal);
      } catch {
        // Whatever broke, the cure is the same: try again from the cursor. The banner tells the operator.
      } finally {
        connection.abort();
      }
      if (this.stopping.signal.aborted) return;
      await this.ports.wait(backoffMs(this.attempts_), this.stopping.signal);
    }
  }

  stop(): void {
    this.stopping.abort();
    this.connection?.abort();
  }

  // To be called about twice a second: gives up a connection that has gone silent, so that a new one is tried.
  watch(): void {
    if (this.ports.now() - this.lastByteAt > kSilenceMs) this.connection?.abort();
  }

  private async load(signal: AbortSignal): Promise<void> {
    const response = await this.ports.fetch(`${this.base}/api/v1/incidents`, { signal, cache: "no-store" });
    if (!response.ok) throw new Error(`snapshot: status ${response.status}`);
    const json = JSON.parse(await this.readAll(response)) as { cursor?: unknown; server_time_us?: unknown; incidents?: unknown };
    const incidents = Array.isArray(json.incidents) ? (json.incidents as unknown[]) : [];
    this.handlers.snapshot(incidents, Number(json.server_time_us ?? 0));
    this.cursor = String(json.cursor ?? "");
  }

  // Piece by piece, so that a long snapshot on a slow line does not count as silence.
  private async readAll(response: Response): Promise<string> {
    if (response.body === null) throw new Error("snapshot: no body");
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    const pieces: string[] = [];
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return pieces.join("") + decoder.decode();
      this.heard();
      pieces.push(decoder.decode(value, { stream: true }));
    }
  }

  private async follow(signal: AbortSignal): Promise<void> {
    const cursor = this.cursor ?? "";
    const response = await this.ports.fetch(`${this.base}/api/v1/stream?cursor=${encodeURIComponent(cursor)}`, {
      signal,
      cache: "no-store",
      headers: { accept: "text/event-stream", "last-event-id": cursor },
    });
    if (response.status === 400 || response.status === 409 || response.status === 410) this.cursor = null;
    if (!response.ok || response.body === null) throw new Error(`stream: status ${response.status}`);
    const reader = response.body.getReader();
    const parser = new EventParser();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      this.heard();
      for (const event of parser.push(value)) {
        if (!this.take(event)) return;
      }
    }
  }

  // False when the stream says that our cursor is of no use any more.
  private take(event: StreamEvent): boolean {
    if (event.type === "reset") {
      this.cursor = null;
      return false;
    }
    if (event.type !== "incident" && event.type !== "heartbeat") return true;
    this.attempts_ = 0;
    let json: unknown;
    try {
      json = JSON.parse(event.data);
    } catch {
      this.handlers.unreadable(event.type);
      return true;
    }
    if (event.type === "heartbeat") {
      this.handlers.heartbeat(json);
    } else {
      this.handlers.incident(json);
      if (event.id !== "") this.cursor = event.id;
    }
    return true;
  }

  private heard(): void {
    this.lastByteAt = this.ports.now();
    this.handlers.heard();
  }
}

export function backoffMs(attempts: number): number {
  return Math.min(kMaxBackoffMs, 125 * 2 ** Math.min(attempts, 10));
}

export function browserPorts(): StreamPorts {
  return {
    fetch: (input, init) => fetch(input, init),
    now: () => performance.now(),
    wait: (ms, signal) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, ms);
        signal.addEventListener("abort", () => {
          clearTimeout(timer);
          resolve();
        });
      }),
  };
}
