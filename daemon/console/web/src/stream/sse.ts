// Reads text/event-stream as it arrives, in pieces of any size (WHATWG HTML, "server-sent events").

export interface StreamEvent {
  type: string;
  data: string;
  id: string; // the last id seen so far
}

// Throws when one event grows beyond `maxChars`: the connection is then dropped and resumed.
export class EventParser {
  private readonly decoder = new TextDecoder("utf-8");
  private rest = "";
  private data: string[] = [];
  private size = 0;
  private type = "";
  private id = "";

  constructor(private readonly maxChars = 16_000_000) {}

  push(bytes: Uint8Array): StreamEvent[] {
    this.rest += this.decoder.decode(bytes, { stream: true });
    const events: StreamEvent[] = [];
    for (;;) {
      const end = this.rest.search(/[\r\n]/);
      if (end < 0) break;
      // A CR at the end may be half of a CRLF: wait for the next piece.
      if (this.rest[end] === "\r" && end + 1 === this.rest.length) break;
      const line = this.rest.slice(0, end);
      const width = this.rest[end] === "\r" && this.rest[end + 1] === "\n" ? 2 : 1;
      this.rest = this.rest.slice(end + width);
      this.line(line, events);
    }
    if (this.rest.length + this.size > this.maxChars) throw new Error(`an event is larger than ${this.maxChars} characters`);
    return events;
  }

  private line(line: string, events: StreamEvent[]): void {
    if (line === "") {
      if (this.data.length > 0) events.push({ type: this.type || "message", data: this.data.join("\n"), id: this.id });
      this.data = [];
      this.size = 0;
      this.type = "";
      return;
    }
    const colon = line.indexOf(":");
    if (colon === 0) return;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (field === "data") {
      this.data.push(value);
      this.size += value.length;
    } else if (field === "event") {
      this.type = value;
    } else if (field === "id" && !value.includes("\0")) {
      this.id = value;
    }
  }
}
