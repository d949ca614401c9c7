// The page's words for the daemon's names. Wording never says or suggests who did what: an incident is what reports agree on.
import type { Incident } from "../model/incident";

export const kNotGrounds =
  "An alert alone is not grounds for a stop. It says that reports agree in time and place; it does not say who did what.";
export const kNoPrecision = "No measured precision is known for this type yet: treat it as unconfirmed until someone has looked.";

export type Band = "critical" | "high" | "medium" | "low";

export function band(priority: number): Band {
  return priority >= 9 ? "critical" : priority >= 7 ? "high" : priority >= 4 ? "medium" : "low";
}

const kFamilies: Record<string, string> = {
  shots: "Gunfire",
  gunfire: "Gunfire",
  crash: "Collision",
  collision: "Collision",
  fire: "Fire",
  violence: "Violence",
  theft: "Theft",
  medical: "Medical",
  disorder: "Disorder",
  hazard: "Hazard",
  vehicle: "Vehicle",
  admin: "Administrative",
};

export function familyName(family: string): string {
  return kFamilies[family] ?? (family === "" ? "Unclassified" : capital(plain(family)));
}

const kSources: Record<string, string> = {
  CAMERA: "camera",
  CAD: "call (CAD)",
  ALARM: "alarm",
  ACOUSTIC: "acoustic sensor",
  PLATE: "plate reader",
  SOCIAL: "public post",
  PUBLIC_ALERT: "public alert",
  TRAFFIC: "traffic feed",
  TRACK: "tracker",
  OPERATOR: "operator",
};
export function sourceName(kind: string): string {
  return kSources[kind] ?? plain(kind);
}

const kStates: Record<string, string> = {
  OPEN: "open",
  QUIET: "quiet",
  CLOSED: "closed",
  MERGED: "merged",
  WITHDRAWN: "withdrawn",
};
export function stateName(state: string): string {
  return kStates[state] ?? "state unknown";
}

export function stateMeaning(incident: Incident): string {
  switch (incident.state) {
    case "OPEN":
      return "Reports can still join it.";
    case "QUIET":
      return "No report can join its episodes any more; its case may still grow.";
    case "CLOSED":
      return "Final by the closing clock.";
    case "MERGED":
      return "Its reports now belong to another incident.";
    case "WITHDRAWN":
      return "Every report in it was retracted by its source.";
    default:
      return "";
  }
}

const kRoles: Record<string, string> = {
  ANCHOR: "anchor",
  SUPPORTS: "supports",
  REFUTES: "speaks against",
  RETRACTED: "retracted later",
};
export function roleName(role: string): string {
  return kRoles[role] ?? plain(role);
}

const kChanges: Record<string, string> = {
  OPEN: "opened",
  UPDATE: "updated",
  MERGED: "merged",
  WITHDRAWN: "withdrawn",
  QUIET: "went quiet",
  CLOSED: "closed",
  REOPENED: "reopened",
};
export function changeName(change: string): string {
  return kChanges[change] ?? plain(change);
}

const kCauses: Record<string, string> = {
  event: "a report",
  tick: "the closing clock",
  start: "the daemon's start",
  word: "an operator's word",
  rules: "other rules",
};
export function causeName(kind: string): string {
  return kCauses[kind] ?? plain(kind);
}

const kMethods: Record<string, string> = {
  GPS: "satellite fix",
  CELL: "phone network",
  MANUAL: "entered by hand",
  DERIVED: "derived",
  GEOCODED: "from the address",
  ACOUSTIC: "from sound",
  DEVICE_REGISTRY: "place of the device",
  ZONE_CENTROID: "middle of a zone",
  TEXT: "named in the text",
};
export function methodName(method: string): string {
  return kMethods[method] ?? "how is not known";
}

export function metres(m: number): string {
  return m < 1000 ? `${Math.round(m)} m` : `${(m / 1000).toFixed(m < 10_000 ? 1 : 0)} km`;
}

export function coordinates(place: { lat: number; lon: number }): string {
  return `${place.lat.toFixed(5)}, ${place.lon.toFixed(5)}`;
}

export function placeText(incident: Incident): string {
  if (incident.addressText !== "") return incident.addressText;
  return incident.place === null ? "No place known" : coordinates(incident.place);
}

export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

export function plain(name: string): string {
  return name.toLowerCase().replaceAll("_", " ");
}

// Kinds are native codes ("415SS") or our names ("gunshot_alert"): codes stay as they are.
export function kindName(kind: string): string {
  return kind.replaceAll("_", " ");
}

export function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function shortId(id: string): string {
  return id.length > 8 ? id.slice(0, 8) : id;
}

// Evidence in nats, with its sign: one nat multiplies the odds by 2.7.
export function nats(milli: number): string {
  return `${milli < 0 ? "−" : milli > 0 ? "+" : ""}${(Math.abs(milli) / 1000).toFixed(2)}`;
}

// "98.9 %"; never surer than the daemon is.
export function percent(permille: number): string {
  return `${(permille / 10).toFixed(1)} %`;
}

// "about 90 to 1": what a sum of nats means.
export function odds(milli: number): string {
  const times = Math.exp(Math.abs(milli) / 1000);
  const shown = times >= 10 ? `${Math.round(times)}` : times.toFixed(1);
  return milli < 0 ? `1 to ${shown}` : `${shown} to 1`;
}
