import { describe, expect, test } from "vitest";
import { readIncident, type Incident } from "../src/model/incident";
import { graticule, gridStep } from "../src/ui/geometry";
import { MapFeatures } from "../src/ui/map_features";
import { announcement } from "../src/ui/announce";
import * as words from "../src/text/words";
import { ago, duration, utc } from "../src/text/time";
import { factsOf, findingsOf, readExplanation, reportOf } from "../src/model/explanation";
import { incidentJson, memberJson } from "./builder";

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

describe("the daemon's reasons", () => {
  const json = {
    sections: [
      { kind: "incident", title: "Shots fired", incident_id: "i", facts: [
        { about: "confidence", words: "All.", confidence_permille: 995, odds_mn: 5250 },
        { about: "confidence_prior", words: "A caller.", total_mn: 4500, count: 1 },
        { about: "confidence_witnesses", words: "Another.", total_mn: 750, count: 2 },
        { about: "word", words: "Ann said so." },
      ] },
      { kind: "finding", title: "Rule shots, version 1: firm · Gunfire", rule: "shots", facts: [
        { about: "probability", words: "True in 8 of 10 such cases." }, { about: "part", words: "call: report 2: 4 times the odds." },
        { about: "missed_near", words: "Not counted in call: report 3, too far away by 120 m.", by: 12000 },
      ] },
      { kind: "report", title: "1", event_id: "b", facts: [
        { about: "joined", words: "It belongs." }, { about: "place", words: "Near.", place_mn: -10120, distance_m: 62 },
        { about: "need", words: "Passed.", total_mn: -13430, need_mn: -15830, over_mn: 2400 },
      ] },
    ],
  };
  test("factors add up to the odds, and each fact keeps the daemon's words", () => {
    const read = readExplanation(json)!;
    const facts = factsOf(read, (about) => about.startsWith("confidence"));
    expect(facts.map((each) => each.milli)).toEqual([5250, 4500, 750]);
    expect(factsOf(read, (about) => about === "word").map((each) => each.words)).toEqual(["Ann said so."]);
  });
  test("a rule's finding keeps what counts apart from what just does not", () => {
    const found = findingsOf(readExplanation(json)!);
    expect(found.map((each) => [each.title, each.counts.length, each.missed.map((fact) => fact.words)])).toEqual([
      ["Rule shots, version 1: firm · Gunfire", 2, ["Not counted in call: report 3, too far away by 120 m."]],
    ]);
    expect(findingsOf(readExplanation({ sections: [] })!)).toEqual([]);
  });
  test("a report's terms carry their nats, the need by how far it was passed", () => {
    expect(reportOf(readExplanation(json)!, "b")!.facts.map((each) => each.milli)).toEqual([null, -10120, 2400]);
    expect(reportOf(readExplanation(json)!, "x")).toBeNull();
  });
  test("what is no explanation is none, and what is missing is empty", () => {
    expect(readExplanation({ title: "Not Found" })).toBeNull();
    expect(readExplanation({ sections: [{}, null, { kind: "report", facts: [null] }] })!.sections.map((each) => each.facts.length)).toEqual([0, 0, 1]);
  });
});

describe("how sure, in figures", () => {
  test("nats have a sign, odds read like a bet", () => {
    expect([words.nats(4500), words.nats(-250), words.nats(0)]).toEqual(["+4.50", "−0.25", "0.00"]);
    expect([words.odds(4500), words.odds(-700), words.odds(0)]).toEqual(["90 to 1", "1 to 2.0", "1.0 to 1"]);
    expect(words.percent(995)).toBe("99.5 %");
  });
  test("a large incident counts the reports that it does not list", () => {
    expect(incident({ members_total: 400 }).membersTotal).toBe(400);
    expect(incident().membersTotal).toBe(2);
    expect(incident({ confidence_permille: 989 }).confidencePermille).toBe(989);
  });
});

describe("wording", () => {
  test("never states guilt, in no state and for no role, and says what an alert is not", () => {
    const told: string[] = [words.kNotGrounds, words.kNoPrecision];
    for (const state of ["OPEN", "QUIET", "CLOSED", "MERGED", "WITHDRAWN"]) {
      const read = incident({ state: `INCIDENT_STATE_${state}` });
      told.push(words.stateMeaning(read), announcement([read]), announcement([read, read]));
    }
    for (const role of ["ANCHOR", "SUPPORTS", "REFUTES", "RETRACTED"]) told.push(words.roleName(role));
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
