// Is what the screen shows still true? A pure judgement from times, so that it can be tested without waiting.

export interface Heartbeat {
  serverTimeUs: number;
  lagMs: number;
  logOk: boolean;
}

export type Health =
  | { level: "live" }
  | { level: "starting" }
  | { level: "degraded"; why: string[] }
  | { level: "stopped"; silentMs: number };

export const kSilenceMs = 3000;
export const kLagMs = 5000;

export interface Signs {
  startedAt: number;
  lastByteAt: number | null; // null: nothing was ever heard
  heartbeat: Heartbeat | null;
  unreadable: number;
  turnedAway: number;
}

export function judge(signs: Signs, now: number): Health {
  const silentMs = now - (signs.lastByteAt ?? signs.startedAt);
  if (silentMs > kSilenceMs) return { level: "stopped", silentMs };
  if (signs.lastByteAt === null) return { level: "starting" };
  const why: string[] = [];
  if (signs.heartbeat !== null && !signs.heartbeat.logOk) why.push("The log is not reachable: new reports may be held back.");
  if (signs.heartbeat !== null && signs.heartbeat.lagMs > kLagMs) {
    why.push(`The daemon is ${(signs.heartbeat.lagMs / 1000).toFixed(0)} s behind its input.`);
  }
  if (signs.unreadable > 0) why.push(`${signs.unreadable} updates could not be read and are not shown.`);
  if (signs.turnedAway > 0) why.push(`${signs.turnedAway} incidents did not fit and are not shown.`);
  return why.length > 0 ? { level: "degraded", why } : { level: "live" };
}

// The server's clock, told from the heartbeats. Live, the smallest difference seen lately belongs to the quickest delivery, and what
// a later one takes longer is the delay of the way here; minutes are kept apart so that a clock that drifts is followed. A daemon
// that replays a recording has a clock that runs faster: its speed is the middle one of the last few, so that a burst after a
// break, or a computer that slept, does not look like a replay.
export class ServerClock {
  private readonly byMinute: { minute: number; offsetMs: number }[] = [];
  private readonly speeds: number[] = [];
  private last: { now: number; serverMs: number } | null = null;
  private delayMs_: number | null = null;

  get delayMs(): number | null {
    return this.speed === 1 ? this.delayMs_ : null;
  }

  // 1 when the server's clock runs as ours does.
  get speed(): number {
    if (this.speeds.length < 3) return 1;
    const middle = [...this.speeds].sort((a, b) => a - b)[Math.floor(this.speeds.length / 2)] ?? 1;
    return middle > 0.67 && middle < 1.5 ? 1 : middle;
  }

  heard(serverTimeUs: number, now: number): void {
    const serverMs = serverTimeUs / 1000;
    if (this.last === null || now - this.last.now >= 500) {
      if (this.last !== null) {
        this.speeds.push((serverMs - this.last.serverMs) / (now - this.last.now));
        if (this.speeds.length > 5) this.speeds.shift();
      }
      this.last = { now, serverMs };
    }
    const difference = now - serverMs;
    const minute = Math.floor(now / 60_000);
    const newest = this.byMinute.at(-1);
    if (newest === undefined || newest.minute !== minute) {
      this.byMinute.push({ minute, offsetMs: difference });
      if (this.byMinute.length > 10) this.byMinute.shift();
    } else {
      newest.offsetMs = Math.min(newest.offsetMs, difference);
    }
    this.delayMs_ = difference - this.offsetMs();
  }

  nowUs(now: number): number {
    const { speed, last } = this;
    if (speed !== 1 && last !== null) return (last.serverMs + (now - last.now) * speed) * 1000;
    return (now - this.offsetMs()) * 1000;
  }

  private offsetMs(): number {
    return this.byMinute.length === 0 ? 0 : Math.min(...this.byMinute.map((each) => each.offsetMs));
  }
}
