// The incidents this page knows: the consumer's rule, what leaves and when, and the revisions seen. Bounded in every direction.
import { hasEnded, isNewer, type Incident } from "./incident";

export interface SeenRevision {
  epoch: bigint;
  revision: bigint;
  change: string;
  state: string;
  priority: number;
  witnesses: number;
  members: number;
  added: number;
  removed: number;
  cause: string;
  updatedUs: number;
}

export interface StoreLimits {
  incidents: number; // held at once
  revisions: number; // remembered per incident
  departed: number; // ids remembered after they left, so that a repeat does not bring them back
  lingerUs: number; // an ended incident stays for this long after it ended
}

export const kLimits: StoreLimits = { incidents: 5000, revisions: 50, departed: 20000, lingerUs: 30 * 60 * 1_000_000 };

export type Applied = "new" | "update" | "repeat";

export class IncidentStore {
  private readonly held = new Map<string, Incident>();
  private readonly history = new Map<string, SeenRevision[]>();
  private readonly departed = new Map<string, { epoch: bigint; revision: bigint }>();
  private turnedAway_ = 0;

  constructor(private readonly limits: StoreLimits = kLimits) {}

  get size(): number {
    return this.held.size;
  }
  // Incidents that the limit pushed out while they were still of interest.
  get turnedAway(): number {
    return this.turnedAway_;
  }
  get(id: string): Incident | undefined {
    return this.held.get(id);
  }
  all(): IterableIterator<Incident> {
    return this.held.values();
  }
  revisionsOf(id: string): readonly SeenRevision[] {
    return this.history.get(id) ?? [];
  }

  // Takes one delivery in. The largest (epoch, revision) of an id wins; a repeat changes nothing.
  apply(incident: Incident): Applied {
    const before = this.held.get(incident.id) ?? this.departed.get(incident.id);
    if (before !== undefined && !isNewer(incident, before)) return "repeat";
    const isNew = !this.held.has(incident.id);
    this.departed.delete(incident.id);
    this.held.set(incident.id, incident);
    this.remember(incident);
    if (this.held.size > this.limits.incidents) this.makeRoom();
    return isNew ? "new" : "update";
  }

  // A fresh snapshot is the whole truth about active incidents: an active one that it lacks is gone, what it has is applied. It does
  // not tell of ended ones: these stay for their time.
  replaceAll(incidents: readonly Incident[]): void {
    const present = new Set(incidents.map((incident) => incident.id));
    for (const [id, incident] of [...this.held]) {
      if (!present.has(id) && !hasEnded(incident)) this.forget(id);
    }
    this.turnedAway_ = 0;
    for (const incident of incidents) this.apply(incident);
  }

  // Lets go of incidents that ended more than the lingering time before `nowUs`. Returns true when any left.
  expire(nowUs: number): boolean {
    let any = false;
    for (const [id, incident] of this.held) {
      if (hasEnded(incident) && incident.updatedUs + this.limits.lingerUs <= nowUs) {
        this.forget(id);
        any = true;
      }
    }
    return any;
  }

  // Older revisions of an incident that is held, from the daemon's memory. Returns true when any was not known.
  learn(id: string, revisions: readonly Incident[]): boolean {
    if (!this.held.has(id)) return false;
    const seen = this.history.get(id) ?? [];
    const known = new Set(seen.map((each) => `${each.epoch}.${each.revision}`));
    const fresh = revisions.filter((each) => each.id === id && !known.has(`${each.epoch}.${each.revision}`)).map(seenRevision);
    if (fresh.length === 0) return false;
    const all = [...seen, ...fresh].sort((a, b) => (isNewer(a, b) ? 1 : -1));
    this.history.set(id, all.slice(-this.limits.revisions));
    return true;
  }

  private remember(incident: Incident): void {
    const seen = this.history.get(incident.id) ?? [];
    seen.push(seenRevision(incident));
    if (seen.length > this.limits.revisions) seen.splice(0, seen.length - this.limits.revisions);
    this.history.set(incident.id, seen);
  }

  private forget(id: string): void {
    const incident = this.held.get(id);
    if (incident === undefined) return;
    this.held.delete(id);
    this.history.delete(id);
    this.departed.set(id, { epoch: incident.epoch, revision: incident.revision });
    if (this.departed.size > this.limits.departed) {
      const oldest = this.departed.keys().next().value;
      if (oldest !== undefined) this.departed.delete(oldest);
    }
  }

  // Ended ones go first, then the lowest priority, then the oldest. A tenth goes at once, so that this is rare.
  private makeRoom(): void {
    const order = [...this.held.values()].sort(
      (a, b) => Number(hasEnded(b)) - Number(hasEnded(a)) || a.priority - b.priority || a.updatedUs - b.updatedUs,
    );
    const surplus = this.held.size - this.limits.incidents + Math.floor(this.limits.incidents / 10);
    for (const incident of order.slice(0, surplus)) {
      if (!hasEnded(incident)) this.turnedAway_ += 1;
      this.forget(incident.id);
    }
  }
}

function seenRevision(incident: Incident): SeenRevision {
  return {
    epoch: incident.epoch,
    revision: incident.revision,
    change: incident.change,
    state: incident.state,
    priority: incident.priority,
    witnesses: incident.witnesses,
    members: incident.membersTotal,
    added: incident.membersAdded.length,
    removed: incident.membersRemoved.length,
    cause: incident.cause.kind,
    updatedUs: incident.updatedUs,
  };
}
