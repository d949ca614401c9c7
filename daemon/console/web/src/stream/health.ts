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

// The server's clock, told from the heartbeats: the smallest difference seen lately belongs to the quickest delivery. What a later
// one takes longer is the delay of the way here. Minutes are kept apart so that a clock that drifts is followed.
export class ServerClock {
  private readonly byMinute: { minute: number; offsetMs: number }[] = [];
  private delayMs_: number | null = null;

  get delayMs(): number | null {
    return this.delayMs_;
  }

  heard(serverTimeUs: number, now: number): void {
    const difference = now - serverTimeUs / 1000;
    const minute = Math.floor(now / 60_000);
    const last = this.byMinute.at(-1);
    if (last === undefined || last.minute !== minute) {
      this.byMinute.push({ minute, offsetMs: difference });
      if (this.byMinute.length > 10) this.byMinute.shift();
    } else {
      last.offsetMs = Math.min(last.offsetMs, difference);
    }
    this.delayMs_ = difference - this.offsetMs();
  }

  nowUs(now: number): number {
    return (now - this.offsetMs()) * 1000;
  }

  private offsetMs(): number {
    return this.byMinute.length === 0 ? 0 : Math.min(...this.byMinute.map((each) => each.offsetMs));
  }
}
