// What the daemon says of why an incident is what it is: the sections of `fusiond explain --json`. The words are the daemon's own.

export interface Fact {
  about: string; // place, need, confidence_prior, …
  words: string;
  milli: number | null; // the evidence in it, in thousandths of a nat; null where it is not a sum's part
}

export interface Section {
  kind: string; // incident, finding, report, link
  title: string;
  eventId: string; // of a report
  facts: Fact[];
}

export interface Explanation {
  sections: Section[];
}

type Json = Record<string, unknown>;

function object(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

// A report's terms go by their own name, a factor's and the odds by "total_mn" and "odds_mn", the need by how far it was passed.
function milli(about: string, json: Json): number | null {
  const name = about.startsWith("confidence_") ? "total_mn" : about === "confidence" ? "odds_mn" : about === "need" ? "over_mn" : `${about}_mn`;
  const value = json[name];
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

function fact(value: unknown): Fact {
  const json = object(value);
  const about = String(json["about"] ?? "");
  return { about, words: String(json["words"] ?? ""), milli: milli(about, json) };
}

// Null when it is no explanation.
export function readExplanation(value: unknown): Explanation | null {
  const sections = object(value)["sections"];
  if (!Array.isArray(sections)) return null;
  return {
    sections: sections.map((each: unknown) => {
      const json = object(each);
      const facts = Array.isArray(json["facts"]) ? (json["facts"] as unknown[]) : [];
      return { kind: String(json["kind"] ?? ""), title: String(json["title"] ?? ""), eventId: String(json["event_id"] ?? ""), facts: facts.map(fact) };
    }),
  };
}

// Of the incident as a whole: those about one thing.
export function factsOf(explanation: Explanation, about: (name: string) => boolean): Fact[] {
  return explanation.sections.filter((each) => each.kind === "incident").flatMap((each) => each.facts).filter((each) => about(each.about));
}

// What rules say, the strongest first: of each what counts, and apart from it what just does not.
export function findingsOf(explanation: Explanation): { title: string; counts: Fact[]; missed: Fact[] }[] {
  return explanation.sections.filter((each) => each.kind === "finding").map((each) => ({
    title: each.title,
    counts: each.facts.filter((fact) => !fact.about.startsWith("missed_")),
    missed: each.facts.filter((fact) => fact.about.startsWith("missed_")),
  }));
}

export function reportOf(explanation: Explanation, eventId: string): Section | null {
  return explanation.sections.find((each) => each.kind === "report" && each.eventId === eventId) ?? null;
}
