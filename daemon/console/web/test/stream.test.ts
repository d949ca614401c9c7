import { describe, expect, test } from "vitest";
import { backoffMs, kMaxBackoffMs, StreamClient, type StreamHandlers, type StreamPorts } from "../src/stream/client";
import { judge, ServerClock, type Signs } from "../src/stream/health";
import { EventParser } from "../src/stream/sse";

const bytes = (text: string) => new TextEncoder().encode(text);

describe("reading the event stream", () => {
  const whole = 'id: 7\nevent: incident\ndata: {"a":\ndata: "é"}\n\n: a remark\n\nevent: heartbeat\r\ndata: {}\r\n\r\n';
  const events = [
    { type: "incident", data: '{"a":\n"é"}', id: "7" },
    { type: "heartbeat", data: "{}", id: "7" },
  ];
  test("any cut of the bytes gives the same events", () => {
    for (let size = 1; size <= 20; size += 1) {
      const parser = new EventParser();
      const all = bytes(whole);
      const seen = [];
      for (let at = 0; at < all.length; at += size) seen.push(...parser.push(all.slice(at, at + size)));
      expect(seen).toEqual(events);
    }
  });
  test("an event without an end is refused before it fills the memory", () => {
    const parser = new EventParser(1000);
    expect(() => {
      for (let i = 0; i < 100; i += 1) parser.push(bytes(`data: ${"x".repeat(50)}\n`));
    }).toThrow(/larger than/);
  });
});

// A daemon in the test's hands: each connection is one scripted answer; time moves only when the client waits.
class Daemon {
  readonly asked: string[] = [];
  readonly log: string[] = [];
  clock = 0;
  waits: number[] = [];
  client!: StreamClient;
  constructor(private readonly script: ((url: string, signal: AbortSignal) => Promise<Response>)[]) {}

  ports(): StreamPorts {
    return {
      fetch: ((url: string, init: RequestInit) => {
        this.asked.push(url);
        const answer = this.script.shift();
        if (answer === undefined) {
          this.client.stop();
          return Promise.reject(new Error("the script is over"));
        }
        return answer(url, init.signal as AbortSignal);
      }) as unknown as typeof fetch,
      now: () => this.clock,
      wait: (ms) => {
        this.waits.push(ms);
        this.clock += ms;
        return Promise.resolve();
      },
    };
  }
  handlers(): StreamHandlers {
    return {
      snapshot: (incidents) => this.log.push(`snapshot ${incidents.length}`),
      incident: (json) => this.log.push(`incident ${(json as { n: number }).n}`),
      heartbeat: () => this.log.push("heartbeat"),
      unreadable: (what) => this.log.push(`unreadable ${what}`),
      heard: () => undefined,
    };
  }
  async run(): Promise<void> {
    this.client = new StreamClient("", this.handlers(), this.ports());
    await this.client.run();
  }
}

const refused = () => Promise.reject(new Error("connection refused"));
const snapshot = (cursor: string, n = 0) => () =>
  Promise.resolve(new Response(JSON.stringify({ cursor, server_time_us: "1", incidents: Array.from({ length: n }, () => ({})) })));
const stream = (text: string) => () => Promise.resolve(new Response(text));
const event = (n: number) => `id: c${n}\nevent: incident\ndata: {"n":${n}}\n\n`;

describe("following the daemon", () => {
  test("a broken stream is resumed from the last cursor, without a new snapshot", async () => {
    const daemon = new Daemon([snapshot("c0", 2), stream(event(1) + event(2)), refused, refused, stream(event(3))]);
    await daemon.run();
    expect(daemon.log).toEqual(["snapshot 2", "incident 1", "incident 2", "incident 3"]);
    expect(daemon.asked.slice(0, 5)).toEqual([
      "/api/v1/incidents", "/api/v1/stream?cursor=c0", "/api/v1/stream?cursor=c2", "/api/v1/stream?cursor=c2", "/api/v1/stream?cursor=c2",
    ]);
  });
  test("a cut in the middle of an event loses that piece only, and the event is asked for again", async () => {
    const daemon = new Daemon([snapshot("c0"), stream(event(1) + event(2).slice(0, -3)), stream(event(2))]);
    await daemon.run();
    expect(daemon.log).toEqual(["snapshot 0", "incident 1", "incident 2"]);
    expect(daemon.asked[2]).toBe("/api/v1/stream?cursor=c1");
  });
  test("a reset loads a fresh snapshot", async () => {
    const daemon = new Daemon([snapshot("c0"), stream(`${event(1)}event: reset\ndata: {}\n\n${event(2)}`), snapshot("c9", 1), stream(event(10))]);
    await daemon.run();
    expect(daemon.log).toEqual(["snapshot 0", "incident 1", "snapshot 1", "incident 10"]);
    expect(daemon.asked[3]).toBe("/api/v1/stream?cursor=c9");
  });
  test("a refused cursor leads to a fresh snapshot, an unwell daemon does not", async () => {
    const status = (code: number) => () => Promise.resolve(new Response("", { status: code }));
    const daemon = new Daemon([snapshot("c0"), status(503), status(410), snapshot("c5"), stream("")]);
    await daemon.run();
    expect(daemon.asked.slice(2, 5)).toEqual(["/api/v1/stream?cursor=c0", "/api/v1/incidents", "/api/v1/stream?cursor=c5"]);
  });
  test("an unreadable event is told and skipped, the cursor stays before it", async () => {
    const daemon = new Daemon([snapshot("c0"), stream(`id: c1\nevent: incident\ndata: {"n":\n\n${event(2)}`)]);
    await daemon.run();
    expect(daemon.log).toEqual(["snapshot 0", "unreadable incident", "incident 2"]);
  });
  test("tries again at least every second, however long the daemon is away", async () => {
    const daemon = new Daemon(Array.from({ length: 30 }, () => refused));
    await daemon.run();
    expect(Math.max(...daemon.waits)).toBe(kMaxBackoffMs);
    expect(daemon.waits[0]).toBeLessThanOrEqual(250);
    expect(backoffMs(1000)).toBe(kMaxBackoffMs);
  });
  test("a connection that falls silent is given up after three seconds", async () => {
    const silent = (_url: string, signal: AbortSignal) =>
      Promise.resolve(new Response(new ReadableStream({
        start(controller) {
          signal.addEventListener("abort", () => controller.error(new Error("aborted")));
        },
      })));
    const daemon = new Daemon([snapshot("c0"), silent, stream(event(1))]);
    const running = daemon.run();
    await new Promise((resolve) => setTimeout(resolve, 5));
    daemon.client.watch();
    expect(daemon.asked).toHaveLength(2);
    daemon.clock += 3100;
    daemon.client.watch();
    await running;
    expect(daemon.log).toEqual(["snapshot 0", "incident 1"]);
  });
  test("a daemon that only says reset is asked less and less often", async () => {
    const reset = stream("event: reset\ndata: {}\n\n");
    const daemon = new Daemon(Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? snapshot("c") : reset)));
    await daemon.run();
    expect(daemon.waits.at(-1)).toBe(kMaxBackoffMs);
  });
});

describe("a stopped stream is impossible to miss", () => {
  const signs: Signs = {
    startedAt: 0, lastByteAt: 10_000, heartbeat: { serverTimeUs: 1, lagMs: 20, logOk: true }, unreadable: 0, turnedAway: 0,
  };
  test("live within three seconds of the last byte, stopped after", () => {
    expect(judge(signs, 13_000).level).toBe("live");
    expect(judge(signs, 13_001)).toEqual({ level: "stopped", silentMs: 3001 });
  });
  test("a page that never heard anything says so after three seconds", () => {
    expect(judge({ ...signs, lastByteAt: null }, 2000).level).toBe("starting");
    expect(judge({ ...signs, lastByteAt: null }, 3500).level).toBe("stopped");
  });
  test("lag, a lost log, unreadable updates and a full store are each told in words", () => {
    const health = judge({ ...signs, heartbeat: { serverTimeUs: 1, lagMs: 9000, logOk: false }, unreadable: 2, turnedAway: 3 }, 10_000);
    expect(health).toMatchObject({ level: "degraded" });
    expect(health.level === "degraded" ? health.why : []).toHaveLength(4);
  });
  test("the server's clock is told from the quickest heartbeat, what is slower is delay", () => {
    const clock = new ServerClock();
    clock.heard(1_000_000_000, 500);
    clock.heard(1_001_000_000, 1540);
    expect(clock.delayMs).toBe(40);
    expect(clock.nowUs(2500)).toBe(1_002_000_000);
  });
  test("a replay's clock is followed at its speed; a burst after a break is no replay", () => {
    const replay = new ServerClock();
    for (let i = 0; i < 6; i += 1) replay.heard(1e15 + i * 60e6, i * 1000);
    expect(replay.speed).toBe(60);
    expect(replay.nowUs(5500)).toBe(1e15 + 330e6);
    expect(replay.delayMs).toBeNull();
    const burst = new ServerClock();
    for (let i = 0; i < 4; i += 1) burst.heard(1e15 + i * 1e6, i * 1000);
    for (let i = 4; i < 12; i += 1) burst.heard(1e15 + i * 1e6, 11_000 + i);
    for (let i = 12; i < 16; i += 1) burst.heard(1e15 + i * 1e6, i * 1000);
    expect(burst.speed).toBe(1);
  });
});
