import { describe, expect, test } from "vitest";
import { readIncident, type Incident } from "../src/model/incident";
import { graticule, gridStep } from "../src/ui/geometry";
import { MapFeatures } from "../src/ui/map_features";
import { announcement } from "../src/ui/announce";
import * as words from "../src/text/words";
import { ago, duration, utc } from "../src/text/time";
import { whyLink, wordText, whyMember } from "../src/text/why";
import { incidentJson, kTerms, memberJson } from "./builder";

function incident(over: Record<string, unknown> = {}): Incident {
  const read = readIncident(incidentJson({
    members: [
      memberJson({ event_id: "a", headline: "Gunshot alert", role: "MEMBER_ROLE_ANCHOR", reason: { anchor_event_id: "a" } }),
      memberJson(),
    ],
    ...over,
  }));
  if (read === null) throw new Error("not an incident");
  return read;
}

describe("why a report is here", () => {
  test("a member's terms are told in words and numbers", () => {
    const read = incident();
    const why = whyMember(read.members[1]!, read);
    expect(why.summary).toBe("Scored against the episode of “Gunshot alert”, as it stood with 1 earlier report.");
    expect(why.terms.map((term) => term.words)).toEqual([
      "62 m apart, allowed for by a 45 m spread", "40 s after it", "the kinds of report fit one another", "none",
    ]);
    expect(why.verdict).toBe(
      "Joined: −13.43 of at least −15.83 needed (raised by 2 other reports near by). Passed by 2.40: about 11 times the evidence that was needed.",
    );
  });
  test("the terms shown add up to the total shown", () => {
    const read = incident();
    const why = whyMember(read.members[1]!, read);
    const sum = why.terms.reduce((total, term) => total + (term.nats ?? 0), 0);
    expect(sum).toBe(read.members[1]!.reason.terms!.totalMn);
  });
  test("an anchor says that it opened the episode, and what it nearly joined", () => {
    const read = incident({
      members: [memberJson({
        event_id: "a",
        reason: { anchor_event_id: "a", runner_up: { anchor_event_id: "zzzzzzzzzz", missed: "GATE_SCORE", terms: { ...kTerms, total_mn: "-16830" } } },
      })],
    });
    const why = whyMember(read.members[0]!, read);
    expect(why.summary).toContain("opened this episode");
    expect(why.runnerUp).toContain("Nearest miss: the episode of report zzzzzzzz.");
    expect(why.runnerUp).toContain("short by 1.00");
  });
  test("a runner-up says by how much it lost", () => {
    const read = incident({
      members: [memberJson({ reason: { anchor_event_id: "a", terms: kTerms, runner_up: { anchor_event_id: "q", missed: "GATE_NONE", terms: { ...kTerms, total_mn: "-15430" } } } })],
    });
    expect(whyMember(read.members[0]!, read).runnerUp).toContain("it lost by 2.00: it passed every gate, with a lower score");
  });
  test("a case link names its key and both reports", () => {
    const read = incident({ links: [{ anchor_event_id: "b", parent_anchor_event_id: "a", basis: "LINK_BASIS_KEY", event_id: "b", other_event_id: "a", key: "cad", gap_us: "120000000", distance_m: 300 }] });
    expect(whyLink(read.links[0]!, read).summary).toBe(
      "The episode of “Caller heard shots” belongs to the case of “Gunshot alert” by the same CAD number: “Caller heard shots” and “Gunshot alert”, 300 m and 2 min apart.",
    );
  });
});

describe("people's words", () => {
  const said = { word: { word_id: "w1", kind: "WORD_KIND_SAME", event_id: "b", other_event_id: "a", author: "Dispatcher 17", reason: "one caller", said_us: "1" }, effect: "WORD_EFFECT_HOLDS" };
  test("a link that a person made says who and why", () => {
    const read = incident({ words: [said], links: [{ anchor_event_id: "b", parent_anchor_event_id: "a", basis: "LINK_BASIS_PERSON", event_id: "b", other_event_id: "a", gap_us: "120000000", distance_m: 300, word_id: "w1" }] });
    expect(whyLink(read.links[0]!, read).short).toBe("by the word of Dispatcher 17, because one caller");
  });
  test("a word says what became of it", () => {
    const read = incident({ words: [said, { ...said, effect: "WORD_EFFECT_OVERRULED" }] });
    expect(wordText(read.words[0]!, read)).toContain("are one matter, because: one caller. It holds.");
    expect(wordText(read.words[1]!, read)).toContain("Newer words overrule it.");
  });
});

describe("wording", () => {
  test("never states guilt, in no state and for no role, and says what an alert is not", () => {
    const told: string[] = [words.kNotGrounds, words.kNoPrecision];
    for (const state of ["OPEN", "QUIET", "CLOSED", "MERGED", "WITHDRAWN"]) {
      const read = incident({ state: `INCIDENT_STATE_${state}` });
      told.push(words.stateMeaning(read), announcement([read]), announcement([read, read]));
      for (const member of read.members) {
        const why = whyMember(member, read);
        told.push(why.summary, why.verdict, why.runnerUp, ...why.terms.map((term) => term.words));
      }
    }
    for (const role of ["ANCHOR", "SUPPORTS", "REFUTES", "RETRACTED"]) told.push(words.roleName(role));
    for (const gate of ["TIME", "DISTANCE", "SPREAD", "PAIR", "SCORE", "NONE"]) told.push(words.gateName(gate));
    expect(told.join("\n")).not.toMatch(/suspect|offender|perpetrator|shooter|guilt|criminal|culprit|dangerous person|threat level|risk/i);
    expect(words.kNotGrounds).toContain("not grounds for a stop");
  });
  test("a flood is summed up in one announcement", () => {
    expect(announcement([incident(), incident(), incident({ family: "fire" })])).toBe("3 new incidents of high priority: 2 gunfire, 1 fire.");
  });
  test("times and lengths read well at every size", () => {
    expect([900_000, 4_500_000, 59_000_000, 60_000_000, 192_000_000, 7_260_000_000].map(duration)).toEqual(["900 ms", "4.5 s", "59 s", "1 min", "3 min 12 s", "2 h 1 min"]);
    expect(ago(1_000_000, 3_000_000)).toBe("now");
    expect(ago(1_000_000, 400_000_000)).toBe("6 min ago");
    expect(utc(1_700_000_000_000_000)).toBe("2023-11-14 22:13:20 UTC");
    expect(utc(0)).toBe("unknown");
  });
});

describe("shapes for the map", () => {
  test("an incident's circle has its radius in metres at any latitude", () => {
    for (const lat of [0, 37.8, 65]) {
      const read = incident({ place: { lat_e7: lat * 1e7, lon_e7: 0, radius_m: 250 } });
      const pixels = new MapFeatures().diff([read])?.add[0]?.properties?.["pixels"] as number;
      const metresPerPixelAtZoom16 = (40_075_016.686 * Math.cos((lat * Math.PI) / 180)) / (512 * 2 ** 16);
      expect(pixels * 2 ** 16 * metresPerPixelAtZoom16).toBeCloseTo(250, 5);
    }
  });
  test("only what changed goes to the map", () => {
    const features = new MapFeatures();
    const first = incident({ incident_id: "a" });
    const second = incident({ incident_id: "b" });
    const unplaced = incident({ incident_id: "c", place: undefined });
    expect(features.diff([first, second, unplaced])?.add.map((each) => each.properties?.["id"])).toEqual(["a", "b"]);
    expect(features.diff([first, second, unplaced])).toBeNull();
    const newer = incident({ incident_id: "b", revision: "2" });
    expect(features.diff([newer])).toMatchObject({ add: [{ properties: { id: "b" } }], remove: ["a"] });
    expect(features.size).toBe(1);
  });
  test("the grid has a handful of lines at any zoom", () => {
    for (const span of [360, 10, 0.1, 0.001]) {
      const lines = graticule({ west: -span / 2, east: span / 2, south: -span / 4, north: span / 4 }, 6).features.filter((each) => each.geometry.type === "LineString");
      expect(lines.length).toBeGreaterThan(3);
      expect(lines.length).toBeLessThan(25);
    }
    expect(gridStep(0.06, 6)).toBeCloseTo(0.01);
  });
});
