// The page's one assembly: the stream feeds the store; list, map, detail and banner are drawn from it.
import "./style.css";
import { readExplanation, type Explanation } from "./model/explanation";
import { hasEnded, readIncident, type Incident } from "./model/incident";
import { IncidentStore } from "./model/store";
import { holdOrder, kHighPriority, kNoFilter, makeView, type Filter, type View } from "./model/view";
import { browserPorts, StreamClient } from "./stream/client";
import { judge, ServerClock, type Heartbeat } from "./stream/health";
import { count, familyName } from "./text/words";
import { duration, local } from "./text/time";
import { Announcer } from "./ui/announce";
import { Banner, FrozenNotice } from "./ui/banner";
import { Detail } from "./ui/detail";
import { byId, el, setText } from "./ui/dom";
import { Keys } from "./ui/keys";
import { IncidentList } from "./ui/list";
import { IncidentMap } from "./ui/map";

const store = new IncidentStore();
const clock = new ServerClock();
const announcer = new Announcer(byId("announcer"));
const banner = new Banner();
const frozen = new FrozenNotice();
const startedAt = performance.now();

let filter: Filter = { ...kNoFilter };
let heldOrder: string[] | null = null;
let lastByteAt: number | null = null;
let heartbeat: Heartbeat | null = null;
let unreadable = 0;
let onScreenMs: number | null = null;
let drawPlanned = false;
let lastDrawMs = 0;
let snapshotSeen = false;
let routeId: string | null = null;
let fetched: Incident | null = null; // an incident that is no longer live, asked for by its link
let explained: { id: string; key: string; words: Explanation } | null = null; // why the incident on its page is what it is
let explaining = false;
let explainAgainAt = 0; // after one that failed
const kExplainAgainMs = 2000;

const map = new IncidentMap(byId("map"), open);
const list = new IncidentList(byId("list"), () => plan(), open);
const detail = new Detail(byId("detail"), {
  titleOf: (id) => store.get(id)?.title ?? null,
  showOnMap: (incident) => map.lookAt(incident),
  back,
});

// --- the stream -----------------------------------------------------------------------------------------------------------------------

function take(json: unknown): void {
  const incident = readIncident(json);
  if (incident === null) {
    unreadable += 1;
    return;
  }
  const applied = store.apply(incident);
  if (applied === "repeat") return;
  if (applied === "new" && !hasEnded(incident)) announcer.arrived(incident);
  measure(incident);
  plan();
}

// From the daemon's stamp on the report to this screen: what an operator waits for a machine.
function measure(incident: Incident): void {
  const stamp = incident.updatedUs;
  requestAnimationFrame(() => {
    const passed = (clock.nowUs(performance.now()) - stamp) / 1000 / clock.speed;
    if (heartbeat !== null && passed > -1000 && passed < 60_000) onScreenMs = Math.max(0, passed);
  });
}

const client = new StreamClient("", {
  snapshot: (incidents, serverTimeUs) => {
    if (serverTimeUs > 0) clock.heard(serverTimeUs, performance.now());
    const read = incidents.map(readIncident);
    unreadable += read.filter((incident) => incident === null).length;
    const known = new Set([...store.all()].map((incident) => incident.id));
    store.replaceAll(read.filter((incident) => incident !== null));
    // What came while the page was away is news; what was there when it was opened is not.
    if (snapshotSeen) {
      for (const incident of store.all()) if (!known.has(incident.id) && !hasEnded(incident)) announcer.arrived(incident);
    }
    snapshotSeen = true;
    plan();
  },
  incident: take,
  heartbeat: (json) => {
    const beat = json as { server_time_us?: unknown; lag_ms?: unknown; log_ok?: unknown };
    heartbeat = { serverTimeUs: Number(beat.server_time_us ?? 0), lagMs: Number(beat.lag_ms ?? 0), logOk: beat.log_ok === true };
    if (heartbeat.serverTimeUs > 0) clock.heard(heartbeat.serverTimeUs, performance.now());
    plan();
  },
  unreadable: () => {
    unreadable += 1;
  },
  heard: () => {
    lastByteAt = performance.now();
  },
}, browserPorts());

// --- drawing --------------------------------------------------------------------------------------------------------------------------

function plan(): void {
  if (drawPlanned) return;
  drawPlanned = true;
  // With thousands of incidents a drawing takes its time: most of it is left to the operator's keys.
  if (lastDrawMs < 4) requestAnimationFrame(draw);
  else setTimeout(() => requestAnimationFrame(draw), Math.min(250, 4 * lastDrawMs));
}

function nowUs(): number {
  return heartbeat === null && !snapshotSeen ? Date.now() * 1000 : clock.nowUs(performance.now());
}

function draw(): void {
  drawPlanned = false;
  const from = performance.now();
  const view = makeView(store.all(), filter);
  const held = heldOrder === null ? null : holdOrder(view, heldOrder);
  const shown = held?.shown ?? view.shown;
  list.show(shown, nowUs());
  map.show(shown, routeId ?? list.selectedId);
  drawCounts(view, held?.waiting ?? 0);
  drawFamilies();
  drawRoute();
  drawHealth();
  lastDrawMs = performance.now() - from;
}

function drawCounts(view: View, waiting: number): void {
  const active = view.shown.filter((incident) => !hasEnded(incident));
  setText(byId("count"), `${count(active.length, "active incident")}, ${view.shown.length - active.length} ended`);
  const notes: string[] = [];
  if (view.hidden > 0) notes.push(`${view.hidden} hidden by the filter${view.hiddenHigh > 0 ? `, ${view.hiddenHigh} of them high priority` : ""}`);
  if (view.withoutPlace > 0) notes.push(`${view.withoutPlace} without a place (list only)`);
  setText(byId("count-notes"), notes.join(" · "));
  byId("count-notes").classList.toggle("loud", view.hiddenHigh > 0);
  const hold = byId("held");
  hold.hidden = heldOrder === null;
  setText(hold, `Order held: ${waiting === 0 ? "nothing new" : `${waiting} new`} — press H to release`);
  byId("empty").hidden = view.shown.length > 0 || !snapshotSeen;
}

function drawFamilies(): void {
  const select = byId<HTMLSelectElement>("filter-family");
  const families = [...new Set([...store.all()].map((incident) => incident.family).filter((family) => family !== ""))].sort();
  const wanted = ["", ...families];
  if (filter.family !== "" && !wanted.includes(filter.family)) wanted.push(filter.family);
  const present = [...select.options].map((option) => option.value);
  if (present.join("|") === wanted.join("|")) return;
  select.replaceChildren(...wanted.map((family) => el("option", { value: family }, family === "" ? "All families" : familyName(family))));
  select.value = filter.family;
}

function drawRoute(): void {
  document.body.dataset["route"] = routeId === null ? "list" : "incident";
  if (routeId === null) return;
  const incident = store.get(routeId);
  const shown = incident ?? (fetched?.id === routeId ? fetched : null);
  if (shown === null) return;
  void explain(shown);
  const explanation = explained?.id === shown.id ? explained.words : null;
  detail.show(shown, incident === undefined ? [] : store.revisionsOf(routeId), nowUs(), incident !== undefined, explanation);
}

// Fetches the reasons of a revision that was not explained yet, one at a time; until they come the last ones stay.
async function explain(incident: Incident): Promise<void> {
  const key = `${incident.id}|${incident.epoch}|${incident.revision}`;
  if (explaining || explained?.key === key || performance.now() < explainAgainAt) return;
  explaining = true;
  try {
    const response = await fetch(`/api/v1/incidents/${encodeURIComponent(incident.id)}/explain`, { cache: "no-store" });
    const words = response.ok ? readExplanation(await response.json()) : null;
    if (words !== null) explained = { id: incident.id, key, words };
    explainAgainAt = words === null ? performance.now() + kExplainAgainMs : 0;
  } catch {
    explainAgainAt = performance.now() + kExplainAgainMs; // the daemon is away; the band across the screen says so
  } finally {
    explaining = false;
  }
  plan();
}

function drawHealth(): void {
  const now = performance.now();
  const health = judge({ startedAt, lastByteAt, heartbeat, unreadable, turnedAway: store.turnedAway }, now);
  const details = [
    `heard ${(Math.max(0, now - (lastByteAt ?? startedAt)) / 1000).toFixed(1)} s ago`,
    heartbeat === null ? "" : `engine lag ${duration(heartbeat.lagMs * 1000)}`,
    clock.delayMs === null ? "" : `line ${Math.round(clock.delayMs)} ms`,
    onScreenMs === null ? "" : `last on screen after ${duration(onScreenMs * 1000)}`,
  ];
  drawReplay();
  let highOpen = 0;
  for (const incident of store.all()) if (!hasEnded(incident) && incident.priority >= kHighPriority) highOpen += 1;
  banner.show(health, {
    attempts: client.attempts,
    highOpen,
    details: details.filter((part) => part !== "").join(" · "),
    lastHeardS: (now - (lastByteAt ?? startedAt)) / 1000,
  });
}

// A recording must never be taken for now: told when the daemon's clock runs at another speed, or half a day or more from ours.
function drawReplay(): void {
  const shown = nowUs();
  const speed = Math.round(clock.speed * 10) / 10;
  const replay = heartbeat !== null && (speed !== 1 || Math.abs(shown / 1000 - Date.now()) > 12 * 3_600_000);
  byId("replay").hidden = !replay;
  if (replay) setText(byId("replay"), `REPLAY, not live${speed === 1 ? "" : ` · ${speed} × speed`} · ${local(shown)}`);
  document.body.dataset["replay"] = replay ? "yes" : "no";
}

// --- routes ---------------------------------------------------------------------------------------------------------------------------

function open(id: string): void {
  location.hash = `#/incident/${encodeURIComponent(id)}`;
}

function back(): void {
  location.hash = "#/";
}

async function route(): Promise<void> {
  const match = /^#\/incident\/(.+)$/.exec(location.hash);
  const before = routeId;
  try {
    routeId = match?.[1] === undefined ? null : decodeURIComponent(match[1]);
  } catch {
    routeId = null;
  }
  const id = routeId;
  if (id === null) {
    detail.clear();
    draw();
    map.resize();
    if (before !== null) list.focus();
    return;
  }
  if (store.get(id) === undefined) {
    detail.showMissing(id, "Looking for it…");
    fetched = await fetchOne(id);
    if (routeId !== id) return;
    if (fetched === null && store.get(id) === undefined) detail.showMissing(id, "This incident is not among the live ones, and the daemon does not know it.");
  }
  list.select(id);
  draw();
  map.resize();
  const incident = store.get(id);
  if (incident !== undefined) {
    map.lookAt(incident);
    void fetchRevisions(id);
  }
  detail.focusTitle();
}

// The revisions that came before this page was opened, as far as the daemon still has them.
async function fetchRevisions(id: string): Promise<void> {
  try {
    const response = await fetch(`/api/v1/incidents/${encodeURIComponent(id)}/revisions`, { cache: "no-store" });
    if (!response.ok) return;
    const json = (await response.json()) as { revisions?: unknown };
    const revisions = Array.isArray(json.revisions) ? json.revisions.map(readIncident).filter((each) => each !== null) : [];
    if (store.learn(id, revisions)) plan();
  } catch {
    // The page then shows the revisions that it saw itself, and says so.
  }
}

async function fetchOne(id: string): Promise<Incident | null> {
  // The snapshot of a page that was just opened may be on its way: wait for it before asking for one incident.
  for (let i = 0; i < 20 && !snapshotSeen; i += 1) await new Promise((resolve) => setTimeout(resolve, 100));
  if (store.get(id) !== undefined) return null;
  try {
    const response = await fetch(`/api/v1/incidents/${encodeURIComponent(id)}`, { cache: "no-store" });
    return response.ok ? readIncident(await response.json()) : null;
  } catch {
    return null;
  }
}

// --- what the operator does -----------------------------------------------------------------------------------------------------------

function setFilter(change: Partial<Filter>): void {
  filter = { ...filter, ...change };
  if (heldOrder !== null) heldOrder = makeView(store.all(), filter).shown.map((incident) => incident.id);
  byId("filter-order").textContent = filter.order === "highest" ? "Highest first" : "Newest first";
  plan();
}

function toggleHold(): void {
  heldOrder = heldOrder === null ? makeView(store.all(), filter).shown.map((incident) => incident.id) : null;
  byId("hold").setAttribute("aria-pressed", String(heldOrder !== null));
  plan();
}

function toggleSound(): void {
  announcer.setSound(!announcer.soundOn);
  byId("sound").setAttribute("aria-pressed", String(announcer.soundOn));
  setText(byId("sound"), announcer.soundOn ? "Sound on" : "Sound off");
}

function showHelp(): void {
  const help = byId<HTMLDialogElement>("help");
  if (!help.open) help.showModal();
}

function wire(): void {
  byId("filter-family").addEventListener("change", (event) => setFilter({ family: (event.target as HTMLSelectElement).value }));
  byId("filter-priority").addEventListener("change", (event) => setFilter({ minPriority: Number((event.target as HTMLSelectElement).value) }));
  byId("filter-states").addEventListener("change", (event) => setFilter({ states: (event.target as HTMLSelectElement).value as Filter["states"] }));
  const order = (): void => setFilter({ order: filter.order === "highest" ? "newest" : "highest" });
  byId("filter-order").addEventListener("click", order);
  byId("hold").addEventListener("click", toggleHold);
  byId("sound").addEventListener("click", toggleSound);
  byId("fit").addEventListener("click", () => map.fitAll());
  byId("help-open").addEventListener("click", showHelp);
  byId("help-close").addEventListener("click", () => byId<HTMLDialogElement>("help").close());
  const keys = new Keys(byId<HTMLInputElement>("keys-on"));
  keys.on("?", showHelp);
  keys.on("l", () => list.focus());
  keys.on("m", () => map.focus());
  keys.on("a", () => map.fitAll());
  keys.on("o", order);
  keys.on("h", toggleHold);
  keys.on("s", toggleSound);
  keys.onEscape(() => {
    if (routeId !== null) back();
    else list.focus();
  });
  window.addEventListener("hashchange", () => void route());
}

function tick(): void {
  frozen.alive();
  client.watch();
  if (snapshotSeen) store.expire(nowUs());
  drawHealth();
  plan();
}

wire();
map.start();
setInterval(tick, 500);
document.addEventListener("visibilitychange", tick);
tick();
void route();
void client.run();
list.focus();
