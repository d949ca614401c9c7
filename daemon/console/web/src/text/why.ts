// Why a report is where it is, in words and numbers. Scores are shown in nats: one nat is a factor of 2.7 in the odds.
import type { CaseLink, Incident, Member, ScoreTerms, WordNote } from "../model/incident";
import { duration } from "./time";
import { count, effectName, gateName, keyName, kindName, metres, shortId } from "./words";

export interface WhyTerm {
  name: string;
  words: string;
  nats: number | null; // null: said in words only
}

export interface Why {
  short: string; // a few words, for when the rest is folded away
  summary: string;
  terms: WhyTerm[];
  verdict: string; // "" for an anchor
  runnerUp: string;
}

export function nats(milli: number): string {
  return `${milli < 0 ? "−" : milli > 0 ? "+" : ""}${plainNats(milli)}`;
}

// Without a sign, for a margin whose direction the words tell.
export function plainNats(milli: number): string {
  return (Math.abs(milli) / 1000).toFixed(2);
}

// "about 11 times": what a margin in nats means for the odds.
export function factor(milli: number): string {
  const times = Math.exp(Math.abs(milli) / 1000);
  if (times >= 1000) return "more than 1,000 times";
  if (times >= 10) return `about ${Math.round(times)} times`;
  return `${times.toFixed(1)} times`;
}

function nameOf(eventId: string, incident: Incident): string {
  const known = incident.members.find((member) => member.eventId === eventId);
  return known === undefined ? `report ${shortId(eventId)}` : `“${known.headline || kindName(known.kind) || shortId(eventId)}”`;
}

function termRows(terms: ScoreTerms, against: string): WhyTerm[] {
  return [
    {
      name: "Place",
      words: terms.sigmaM > 0
        ? `${metres(terms.distanceM)} apart, allowed for by a ${metres(terms.sigmaM)} spread`
        : "no place to compare",
      nats: terms.placeMn,
    },
    { name: "Time", words: `${duration(terms.gapUs)} after ${against}`, nats: terms.delayMn },
    {
      name: "Kind",
      words:
        terms.kindMn > 0
          ? "the kinds of report fit one another"
          : terms.kindMn < 0
            ? "the kinds of report speak against one another"
            : "the kinds of report say nothing either way",
      nats: terms.kindMn,
    },
    { name: "Shared key", words: terms.key === "" ? "none" : keyName(terms.key), nats: terms.keysMn },
    {
      name: "Lately",
      words: terms.recentMn > 0 ? "several told of it shortly before" : "nobody has told of it for a while",
      nats: terms.recentMn,
    },
  ].filter((row) => row.name !== "Lately" || row.nats !== 0);
}

function needWords(terms: ScoreTerms): string {
  return terms.backgroundN > 0
    ? `raised by ${count(terms.backgroundN, "other report")} near by`
    : "no other reports near by raised it";
}

function verdict(terms: ScoreTerms): string {
  const margin = terms.totalMn - terms.needMn;
  const words = `${nats(terms.totalMn)} of at least ${nats(terms.needMn)} needed (${needWords(terms)})`;
  return margin >= 0
    ? `Joined: ${words}. Passed by ${plainNats(margin)}: ${factor(margin)} the evidence that was needed.`
    : `${words}. Short by ${plainNats(margin)}.`;
}

function runnerUp(member: Member, incident: Incident): string {
  const candidate = member.reason.runnerUp;
  if (candidate === null) return "No other incident came near.";
  const other = nameOf(candidate.anchorEventId, incident);
  const { terms } = candidate;
  const reached = `${nats(terms.totalMn)} of ${nats(terms.needMn)} needed, ${metres(terms.distanceM)} and ${duration(terms.gapUs)} away`;
  const best = member.reason.terms;
  const gate = gateName(candidate.missed);
  if (best === null) {
    const short = candidate.missed === "SCORE" ? `, short by ${plainNats(terms.needMn - terms.totalMn)}` : "";
    return `Nearest miss: the episode of ${other}. It did not join because ${gate || "it was ruled out"} (${reached}${short}).`;
  }
  return `Runner-up: the episode of ${other}, ${reached}; it lost by ${plainNats(best.totalMn - terms.totalMn)}${gate === "" ? "" : `: ${gate}`}.`;
}

export function whyMember(member: Member, incident: Incident): Why {
  const { reason } = member;
  if (reason.terms === null) {
    const late = incident.late ? "It came after the allowed lateness, so it stands alone and was not grouped." : "";
    return {
      short: "it opened the episode",
      summary: late || "It opened this episode: nothing earlier was near enough in place, time and kind.",
      terms: [],
      verdict: "",
      runnerUp: runnerUp(member, incident),
    };
  }
  const prior = reason.priorMembers.length;
  const margin = reason.terms.totalMn - reason.terms.needMn;
  return {
    short: margin >= 0 ? `joined, ${plainNats(margin)} nats more than needed` : `${plainNats(margin)} nats short of the need`,
    summary:
      `Scored against the episode of ${nameOf(reason.anchorEventId, incident)}` +
      (prior > 0 ? `, as it stood with ${count(prior, "earlier report")}.` : "."),
    terms: termRows(reason.terms, prior > 1 ? "the episode's last report" : "it"),
    verdict: verdict(reason.terms),
    runnerUp: runnerUp(member, incident),
  };
}

function personBasis(link: CaseLink, incident: Incident): string {
  const note = incident.words.find((each) => each.wordId === link.wordId);
  return note === undefined ? "by an operator's word" : `by the word of ${note.author}, because ${note.reason}`;
}

// What a person said, why, and what became of it.
export function wordText(note: WordNote, incident: Incident): string {
  const one = nameOf(note.eventId, incident);
  const claim =
    note.kind === "SAME"
      ? `${one} and ${nameOf(note.otherEventId, incident)} are one matter`
      : note.kind === "APART"
        ? `${one} and ${nameOf(note.otherEventId, incident)} are not one matter`
        : `${one} stands alone`;
  return `${note.author} said that ${claim}, because: ${note.reason}. ${effectName(note.effect)}`;
}

export function whyLink(link: CaseLink, incident: Incident): Why {
  const episode = nameOf(link.anchorEventId, incident);
  const parent = nameOf(link.parentAnchorEventId, incident);
  const basis =
    link.basis === "KEY"
      ? `by ${keyName(link.key)}`
      : link.basis === "PERSON"
        ? personBasis(link, incident)
        : "by evidence between two reports";
  return {
    short: basis,
    summary:
      `The episode of ${episode} belongs to the case of ${parent} ${basis}: ${nameOf(link.eventId, incident)} and ` +
      `${nameOf(link.otherEventId, incident)}, ${metres(link.distanceM)} and ${duration(link.gapUs)} apart.`,
    terms: link.terms === null ? [] : termRows(link.terms, "the other report"),
    verdict: link.terms === null ? "" : verdict(link.terms),
    runnerUp: "",
  };
}
