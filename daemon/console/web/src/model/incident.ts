// An incident as the page holds it, and the one place that reads the daemon's JSON (protobuf JSON with proto field names:
// 64-bit integers are strings, fields at their default may be absent). Meanings and units: proto/fusiond/v1/incident.proto.

export type IncidentState = "OPEN" | "QUIET" | "CLOSED" | "MERGED" | "WITHDRAWN" | "UNSPECIFIED";

export interface ScoreTerms {
  placeMn: number;
  delayMn: number;
  kindMn: number;
  keysMn: number;
  recentMn: number;
  totalMn: number;
  needMn: number;
  distanceM: number;
  sigmaM: number;
  gapUs: number;
  backgroundN: number;
  key: string;
}

export interface Candidate {
  anchorEventId: string;
  terms: ScoreTerms;
  missed: string; // NONE, TIME, DISTANCE, SPREAD, PAIR, SCORE
}

export interface Reason {
  anchorEventId: string;
  terms: ScoreTerms | null; // null: it opened the episode
  runnerUp: Candidate | null;
  priorMembers: string[];
}

export interface Member {
  eventId: string;
  source: string;
  sourceEventId: string;
  sourceKind: string;
  revision: string;
  decidingRevision: string;
  kind: string;
  family: string;
  headline: string;
  addressText: string;
  occurredUs: number;
  receivedUs: number;
  place: { lat: number; lon: number } | null;
  radiusM: number;
  method: string;
  role: string; // ANCHOR, SUPPORTS, REFUTES, RETRACTED
  reason: Reason;
  copies: number;
  flags: string[];
  lifecycle: string;
}

// A person's word about which reports belong together, and what became of it.
export interface WordNote {
  wordId: string;
  kind: string; // SAME, APART, EJECT
  eventId: string;
  otherEventId: string;
  author: string;
  reason: string;
  saidUs: number;
  effect: string; // HOLDS, WAITS, REFUSED, OVERRULED
}

export interface CaseLink {
  wordId: string; // of basis PERSON
  anchorEventId: string;
  parentAnchorEventId: string;
  basis: string; // KEY, EVIDENCE, PERSON
  eventId: string;
  otherEventId: string;
  key: string;
  gapUs: number;
  distanceM: number;
  terms: ScoreTerms | null;
}

export interface MaybeSame {
  incidentId: string;
  probabilityPermille: number;
  shortByMn: number;
}

export interface Incident {
  id: string;
  epoch: bigint;
  revision: bigint;
  state: IncidentState;
  change: string;
  cause: { kind: string; eventId: string; eventRevision: string; partition: number; offset: string; ingestUs: number };
  mergedInto: string;
  supersedes: string[];
  relatedTo: string[];
  maybeSameAs: MaybeSame[];
  family: string;
  type: string;
  title: string;
  priority: number;
  status: string;
  place: { lat: number; lon: number; radiusM: number } | null;
  addressText: string;
  firstOccurredUs: number;
  lastOccurredUs: number;
  late: boolean;
  witnesses: number;
  confidencePermille: number;
  members: Member[]; // of a large incident the first and the last
  membersTotal: number;
  links: CaseLink[];
  words: WordNote[]; // what people said of its reports, the newest last
  membersAdded: string[];
  membersRemoved: string[];
  versions: { association: string; rules: string; software: string };
  openedUs: number;
  updatedUs: number;
}

type Json = Record<string, unknown>;

function object(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
}
function array(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
function text(value: unknown): string {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
}
function texts(value: unknown): string[] {
  return array(value).map(text);
}
function number(value: unknown): number {
  const read = typeof value === "string" && value !== "" ? Number(value) : value;
  return typeof read === "number" && Number.isFinite(read) ? read : 0;
}
function whole(value: unknown): bigint {
  const read = text(value);
  return /^\d{1,20}$/.test(read) ? BigInt(read) : 0n;
}

// "INCIDENT_STATE_OPEN" → "OPEN".
function word(value: unknown, prefix: string): string {
  const read = text(value);
  return read.startsWith(prefix) ? read.slice(prefix.length) : read === "" ? "UNSPECIFIED" : read;
}

function degrees(e7: unknown, limit: number): number | null {
  if (typeof e7 !== "number" && typeof e7 !== "string") return null;
  const read = Number(e7) / 1e7;
  return Number.isFinite(read) && Math.abs(read) <= limit ? read : null;
}

function point(json: Json): { lat: number; lon: number } | null {
  const lat = degrees(json["lat_e7"], 90);
  const lon = degrees(json["lon_e7"], 180);
  return lat === null || lon === null ? null : { lat, lon };
}

// The place of an incident. A coordinate of exactly zero may be absent from the JSON, so absent means zero here; a whole place that
// is absent means no place.
function estimate(value: unknown): Incident["place"] {
  if (value === undefined || value === null) return null;
  const json = object(value);
  const at = point({ lat_e7: json["lat_e7"] ?? 0, lon_e7: json["lon_e7"] ?? 0 });
  return at === null ? null : { ...at, radiusM: number(json["radius_m"]) };
}

function terms(value: unknown): ScoreTerms | null {
  if (value === undefined || value === null) return null;
  const json = object(value);
  return {
    placeMn: number(json["place_mn"]),
    delayMn: number(json["delay_mn"]),
    kindMn: number(json["kind_mn"]),
    keysMn: number(json["keys_mn"]),
    recentMn: number(json["recent_mn"]),
    totalMn: number(json["total_mn"]),
    needMn: number(json["need_mn"]),
    distanceM: number(json["distance_m"]),
    sigmaM: number(json["sigma_m"]),
    gapUs: number(json["gap_us"]),
    backgroundN: number(json["background_n"]),
    key: text(json["key"]),
  };
}

function candidate(value: unknown): Candidate | null {
  if (value === undefined || value === null) return null;
  const json = object(value);
  const scored = terms(json["terms"] ?? {});
  if (scored === null) return null;
  return { anchorEventId: text(json["anchor_event_id"]), terms: scored, missed: word(json["missed"], "GATE_") };
}

function member(value: unknown): Member {
  const json = object(value);
  const reason = object(json["reason"]);
  return {
    eventId: text(json["event_id"]),
    source: text(json["source"]),
    sourceEventId: text(json["source_event_id"]),
    sourceKind: word(json["source_kind"], "SOURCE_KIND_"),
    revision: text(json["revision"]),
    decidingRevision: text(json["deciding_revision"]),
    kind: text(json["kind"]),
    family: text(json["family"]),
    headline: text(json["headline"]),
    addressText: text(json["address_text"]),
    occurredUs: number(json["occurred_us"]),
    receivedUs: number(json["received_us"]),
    place: point(json),
    radiusM: number(json["radius_m"]),
    method: word(json["method"], "LOCATION_METHOD_"),
    role: word(json["role"], "MEMBER_ROLE_"),
    reason: {
      anchorEventId: text(reason["anchor_event_id"]),
      terms: terms(reason["terms"]),
      runnerUp: candidate(reason["runner_up"]),
      priorMembers: texts(reason["prior_members"]),
    },
    copies: number(json["copies"]),
    flags: texts(json["flags"]),
    lifecycle: word(json["lifecycle"], "LIFECYCLE_"),
  };
}

function caseLink(value: unknown): CaseLink {
  const json = object(value);
  return {
    anchorEventId: text(json["anchor_event_id"]),
    parentAnchorEventId: text(json["parent_anchor_event_id"]),
    basis: word(json["basis"], "LINK_BASIS_"),
    eventId: text(json["event_id"]),
    otherEventId: text(json["other_event_id"]),
    key: text(json["key"]),
    gapUs: number(json["gap_us"]),
    distanceM: number(json["distance_m"]),
    terms: terms(json["terms"]),
    wordId: text(json["word_id"]),
  };
}

function wordNote(value: unknown): WordNote {
  const json = object(value);
  const said = object(json["word"]);
  return {
    wordId: text(said["word_id"]),
    kind: word(said["kind"], "WORD_KIND_"),
    eventId: text(said["event_id"]),
    otherEventId: text(said["other_event_id"]),
    author: text(said["author"]),
    reason: text(said["reason"]),
    saidUs: number(said["said_us"]),
    effect: word(json["effect"], "WORD_EFFECT_"),
  };
}

function maybeSame(value: unknown): MaybeSame {
  const json = object(value);
  return {
    incidentId: text(json["incident_id"]),
    probabilityPermille: number(json["probability_permille"]),
    shortByMn: number(json["short_by_mn"]),
  };
}

function cause(value: unknown): Incident["cause"] {
  const json = object(value);
  const input = object(json["input"]);
  return {
    kind: text(json["kind"]),
    eventId: text(json["event_id"]),
    eventRevision: text(json["event_revision"]),
    partition: number(input["partition"]),
    offset: text(input["offset"]),
    ingestUs: number(json["ingest_time_us"]),
  };
}

// Reads one incident; null when it is not one (no id), which the caller counts and shows.
export function readIncident(value: unknown): Incident | null {
  const json = object(value);
  const id = json["incident_id"];
  if (typeof id !== "string" || id === "") return null;
  const versions = object(json["versions"]);
  return {
    id,
    epoch: whole(json["epoch"]),
    revision: whole(json["revision"]),
    state: word(json["state"], "INCIDENT_STATE_") as IncidentState,
    change: word(json["change"], "INCIDENT_CHANGE_"),
    cause: cause(json["cause"]),
    mergedInto: text(json["merged_into"]),
    supersedes: texts(json["supersedes"]),
    relatedTo: texts(json["related_to"]),
    maybeSameAs: array(json["maybe_same_as"]).map(maybeSame),
    family: text(json["family"]),
    type: text(json["type"]),
    title: text(json["title"]) || "Unnamed incident",
    priority: Math.max(0, Math.min(10, number(json["priority"]))),
    status: word(json["status"], "STATUS_"),
    place: estimate(json["place"]),
    addressText: text(json["address_text"]),
    firstOccurredUs: number(json["first_occurred_us"]),
    lastOccurredUs: number(json["last_occurred_us"]),
    late: json["late"] === true,
    witnesses: number(json["witnesses"]),
    confidencePermille: Math.max(0, Math.min(1000, number(json["confidence_permille"]))),
    members: array(json["members"]).map(member),
    membersTotal: Math.max(number(json["members_total"]), array(json["members"]).length),
    links: array(json["links"]).map(caseLink),
    words: array(json["words"]).map(wordNote),
    membersAdded: texts(json["members_added"]),
    membersRemoved: texts(json["members_removed"]),
    versions: {
      association: text(versions["association"]),
      rules: text(versions["rules"]),
      software: text(versions["software"]),
    },
    openedUs: number(json["opened_us"]),
    updatedUs: number(json["updated_us"]),
  };
}

// True when `a` is the one to keep under the consumer's rule.
export function isNewer(a: { epoch: bigint; revision: bigint }, b: { epoch: bigint; revision: bigint }): boolean {
  return a.epoch !== b.epoch ? a.epoch > b.epoch : a.revision > b.revision;
}

export function hasEnded(incident: Incident): boolean {
  return incident.state === "CLOSED" || incident.state === "MERGED" || incident.state === "WITHDRAWN";
}
