import { describe, expect, test } from "vitest";
import { readIncident, type Incident } from "../src/model/incident";
import { IncidentStore, kLimits } from "../src/model/store";
import { holdOrder, kNoFilter, makeView } from "../src/model/view";
import { incidentJson, memberJson } from "./builder";

function incident(over: Record<string, unknown> = {}): Incident {
  const read = readIncident(incidentJson(over));
  if (read === null) throw new Error("not an incident");
  return read;
}

describe("reading the daemon's JSON", () => {
  test("64-bit numbers come as strings and keep their exact value", () => {
    const read = incident({ epoch: "18446744073709551615", revision: "9007199254740993" });
    expect(read.epoch).toBe(18446744073709551615n);
    expect(read.revision).toBe(9007199254740993n);
  });
  test("absent fields mean their default, an absent place means none", () => {
    const read = readIncident({ incident_id: "x" });
    expect(read).toMatchObject({ id: "x", priority: 0, place: null, members: [], state: "UNSPECIFIED" });
  });
  test("a place on the equator lacks its zero in the JSON and is still a place", () => {
    expect(incident({ place: { lon_e7: 10_000_000, radius_m: 5 } }).place).toEqual({ lat: 0, lon: 1, radiusM: 5 });
  });
  test("what is no incident is refused, whatever it is", () => {
    for (const junk of [null, 7, "x", [], {}, { incident_id: 7 }, { incident_id: { a: 1 } }]) expect(readIncident(junk)).toBeNull();
  });
  test("wrong types inside do not throw and leave the rest readable", () => {
    const read = incident({ members: [7, { event_id: 3 }], place: { lat_e7: "NaN" }, priority: "99", links: {} });
    expect(read.members).toHaveLength(2);
    expect(read.place).toBeNull();
    expect(read.priority).toBe(10);
  });
  test("a member keeps its terms, and an anchor has none", () => {
    const read = incident({ members: [memberJson({ event_id: "a", reason: { anchor_event_id: "a" } }), memberJson()] });
    expect(read.members[0]?.reason.terms).toBeNull();
    expect(read.members[1]?.reason.terms).toMatchObject({ placeMn: -10120, keysMn: 0, distanceM: 62, sigmaM: 45 });
  });
});

describe("the consumer's rule", () => {
  test("the largest revision wins in any order of arrival, and repeats change nothing", () => {
    const revisions = ["1", "3", "2", "3", "1"].map((revision) => incident({ revision }));
    const store = new IncidentStore();
    expect(revisions.map((each) => store.apply(each))).toEqual(["new", "update", "repeat", "repeat", "repeat"]);
    expect(store.get(revisions[0]!.id)?.revision).toBe(3n);
    expect(store.revisionsOf(revisions[0]!.id)).toHaveLength(2);
  });
  test("a higher epoch wins over any revision of a lower one", () => {
    const store = new IncidentStore();
    store.apply(incident({ epoch: "1", revision: "90" }));
    expect(store.apply(incident({ epoch: "2", revision: "1" }))).toBe("update");
    expect(store.apply(incident({ epoch: "1", revision: "91" }))).toBe("repeat");
  });
  test("revisions are compared as whole numbers, not as floating point", () => {
    const store = new IncidentStore();
    store.apply(incident({ revision: "9007199254740992" }));
    expect(store.apply(incident({ revision: "9007199254740993" }))).toBe("update");
  });
  test("revisions from the daemon's memory join those seen, in order and once", () => {
    const store = new IncidentStore();
    store.apply(incident({ revision: "10" }));
    expect(store.learn(incident().id, ["9", "2", "10"].map((revision) => incident({ revision })))).toBe(true);
    expect(store.revisionsOf(incident().id).map((each) => each.revision)).toEqual([2n, 9n, 10n]);
    expect(store.learn(incident().id, [incident({ revision: "9" })])).toBe(false);
    expect(store.learn("not held", [])).toBe(false);
  });
  test("a snapshot removes what it lacks, unless that had ended, and keeps the newer of both", () => {
    const store = new IncidentStore();
    store.apply(incident({ incident_id: "ended", state: "INCIDENT_STATE_CLOSED" }));
    store.apply(incident({ incident_id: "gone" }));
    store.apply(incident({ incident_id: "kept", revision: "5" }));
    store.replaceAll([incident({ incident_id: "kept", revision: "4" }), incident({ incident_id: "fresh" })]);
    expect([...store.all()].map((each) => each.id).sort()).toEqual(["ended", "fresh", "kept"]);
    expect(store.get("kept")?.revision).toBe(5n);
  });
});

describe("twelve hours on one screen", () => {
  const minute = 60_000_000;
  test("an ended incident leaves thirty minutes after it ended, an open one stays", () => {
    const store = new IncidentStore();
    store.apply(incident({ incident_id: "closed", state: "INCIDENT_STATE_CLOSED", updated_us: String(minute) }));
    store.apply(incident({ incident_id: "open", updated_us: String(minute) }));
    expect(store.expire(30 * minute)).toBe(false);
    expect(store.expire(31 * minute)).toBe(true);
    expect([...store.all()].map((each) => each.id)).toEqual(["open"]);
  });
  test("a repeat does not bring back what has left, a newer revision does", () => {
    const store = new IncidentStore();
    const closed = incident({ state: "INCIDENT_STATE_CLOSED", updated_us: "1", revision: "4" });
    store.apply(closed);
    store.expire(31 * minute);
    expect(store.apply(closed)).toBe("repeat");
    expect(store.apply(incident({ revision: "5", change: "INCIDENT_CHANGE_REOPENED" }))).toBe("new");
  });
  test("a hundred thousand incidents leave a bounded store, ended and low ones go first", () => {
    const store = new IncidentStore({ ...kLimits, incidents: 500, departed: 1000 });
    store.apply(incident({ incident_id: "high", priority: 10 }));
    for (let i = 0; i < 100_000; i += 1) {
      store.apply(incident({ incident_id: `i${i}`, priority: 3, state: i % 2 === 0 ? "INCIDENT_STATE_CLOSED" : "INCIDENT_STATE_OPEN" }));
      if (store.size > 500) throw new Error(`held ${store.size}`);
    }
    expect(store.get("high")).toBeDefined();
    expect(store.turnedAway).toBeGreaterThan(0);
  });
  test("the revisions of one incident are remembered up to a limit", () => {
    const store = new IncidentStore();
    for (let i = 1; i <= 500; i += 1) store.apply(incident({ revision: String(i) }));
    expect(store.revisionsOf(incident().id)).toHaveLength(kLimits.revisions);
    expect(store.revisionsOf(incident().id).at(-1)?.revision).toBe(500n);
  });
});

describe("what list and map show", () => {
  const many = [
    incident({ incident_id: "low", priority: 2, family: "theft" }),
    incident({ incident_id: "high-old", priority: 9, last_occurred_us: "1000" }),
    incident({ incident_id: "high-new", priority: 9, last_occurred_us: "2000", place: undefined }),
    incident({ incident_id: "closed", priority: 10, state: "INCIDENT_STATE_CLOSED" }),
    incident({ incident_id: "merged", state: "INCIDENT_STATE_MERGED", merged_into: "low" }),
  ];
  test("highest first, newest first within it, ended ones last, merged ones told by the other", () => {
    expect(makeView(many, kNoFilter).shown.map((each) => each.id)).toEqual(["high-new", "high-old", "low", "closed"]);
  });
  test("what a filter hides is counted, high priority apart", () => {
    const view = makeView(many, { ...kNoFilter, family: "theft" });
    expect(view).toMatchObject({ hidden: 3, hiddenHigh: 2 });
  });
  test("an incident without a place is in the list and counted", () => {
    expect(makeView(many, kNoFilter).withoutPlace).toBe(1);
  });
  test("a held order stays while new ones wait and are counted", () => {
    const view = makeView(many, kNoFilter);
    const held = holdOrder(view, ["low", "high-old", "not-there-any-more"]);
    expect(held.shown.map((each) => each.id)).toEqual(["low", "high-old"]);
    expect(held.waiting).toBe(2);
  });
});
