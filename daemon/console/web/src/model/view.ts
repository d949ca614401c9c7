// What the list and the map show, in one order: both read this and nothing else, so that they cannot differ.
import { hasEnded, type Incident } from "./incident";

export type Order = "highest" | "newest";

export interface Filter {
  family: string; // "" = every family
  minPriority: number;
  states: "live" | "active" | "ended"; // live = active and lately ended
  order: Order;
}

export const kNoFilter: Filter = { family: "", minPriority: 0, states: "live", order: "highest" };

export interface View {
  shown: Incident[];
  hidden: number;
  hiddenHigh: number; // of them active and of high priority
  withoutPlace: number; // shown in the list only
}

export const kHighPriority = 7;

function passes(incident: Incident, filter: Filter): boolean {
  if (filter.family !== "" && incident.family !== filter.family) return false;
  if (incident.priority < filter.minPriority) return false;
  if (filter.states === "active") return !hasEnded(incident);
  if (filter.states === "ended") return hasEnded(incident);
  return true;
}

function compare(order: Order): (a: Incident, b: Incident) => number {
  return (a, b) =>
    Number(hasEnded(a)) - Number(hasEnded(b)) ||
    (order === "highest" ? b.priority - a.priority : 0) ||
    b.lastOccurredUs - a.lastOccurredUs ||
    (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

// An incident merged into another is told by that one: it stays reachable by its link and is in neither list nor map.
export function makeView(incidents: Iterable<Incident>, filter: Filter): View {
  const view: View = { shown: [], hidden: 0, hiddenHigh: 0, withoutPlace: 0 };
  for (const incident of incidents) {
    if (incident.state === "MERGED") continue;
    if (passes(incident, filter)) {
      view.shown.push(incident);
      if (incident.place === null) view.withoutPlace += 1;
    } else {
      view.hidden += 1;
      if (!hasEnded(incident) && incident.priority >= kHighPriority) view.hiddenHigh += 1;
    }
  }
  view.shown.sort(compare(filter.order));
  return view;
}

// Keeps `order` (ids) where it still holds; those that are new to it are left out and counted.
export function holdOrder(view: View, order: readonly string[]): { shown: Incident[]; waiting: number } {
  const byId = new Map(view.shown.map((incident) => [incident.id, incident]));
  const shown = order.flatMap((id) => byId.get(id) ?? []);
  return { shown, waiting: view.shown.length - shown.length };
}
