// The page of one incident: what it is, where, when, who says so, and why each report is in it.
import { hasEnded, type Incident, type Member } from "../model/incident";
import { factsOf, findingsOf, reportOf, type Explanation, type Fact, type Section } from "../model/explanation";
import type { SeenRevision } from "../model/store";
import { ago, local, localIsUtc, utc } from "../text/time";
import * as words from "../text/words";
import { el, setText, type Child } from "./dom";
import { symbolSvg, tone } from "./symbols";

const kMembersShown = 200;
const kMeterFull = 10_000; // milli-nats at which a bar is full

export interface DetailPorts {
  titleOf(id: string): string | null; // of another incident, when this page holds it
  showOnMap(incident: Incident): void;
  back(): void;
}

export class Detail {
  private drawn = "";
  private explained: Explanation | null = null;
  private ageElement: HTMLElement | null = null;
  private incident: Incident | null = null;
  private readonly folded = new Map<string, boolean>();

  constructor(
    private readonly box: HTMLElement,
    private readonly ports: DetailPorts,
  ) {}

  // Draws anew only when something changed, and keeps the place of the reader.
  // `explained`: of this revision or an earlier one; null while none has come.
  show(incident: Incident, seen: readonly SeenRevision[], nowUs: number, live: boolean, explained: Explanation | null): void {
    const key = `${incident.id}|${incident.epoch}|${incident.revision}|${seen.length}|${live}`;
    const isOther = incident.id !== this.incident?.id;
    this.incident = incident;
    if (key !== this.drawn || explained !== this.explained) {
      this.drawn = key;
      this.explained = explained;
      const scroll = isOther ? 0 : this.box.scrollTop;
      if (isOther) this.folded.clear();
      const focused = document.activeElement instanceof HTMLElement && this.box.contains(document.activeElement)
        ? document.activeElement.dataset["focusKey"] : undefined;
      this.box.replaceChildren(...this.parts(incident, seen, live));
      this.box.scrollTop = scroll;
      if (focused !== undefined) this.box.querySelector<HTMLElement>(`[data-focus-key="${CSS.escape(focused)}"]`)?.focus();
    }
    if (this.ageElement !== null) setText(this.ageElement, `(${ago(incident.lastOccurredUs, nowUs)})`);
  }

  showMissing(id: string, note: string): void {
    this.drawn = "";
    this.incident = null;
    this.box.replaceChildren(
      this.backButton(),
      el("h2", { tabindex: -1, id: "detail-title", "data-focus-key": "title" }, `Incident ${words.shortId(id)}`),
      el("p", {}, note),
    );
  }

  clear(): void {
    this.drawn = "";
    this.incident = null;
    this.ageElement = null;
    this.box.replaceChildren();
  }

  focusTitle(): void {
    this.box.querySelector<HTMLElement>("#detail-title")?.focus({ preventScroll: true });
  }

  private backButton(): HTMLElement {
    return el("button", { type: "button", class: "quiet", "data-focus-key": "back", click: () => this.ports.back() }, "← Back to the list (Esc)");
  }

  private parts(incident: Incident, seen: readonly SeenRevision[], live: boolean): HTMLElement[] {
    const parts = [
      this.head(incident, live),
      this.notices(incident),
      this.facts(incident),
      this.sureness(incident),
    ];
    if (this.explained !== null && findingsOf(this.explained).length > 0) parts.push(this.findings(this.explained));
    parts.push(this.members(incident));
    if (incident.links.length > 0) parts.push(this.links());
    if (incident.words.length > 0) parts.push(this.said());
    if (incident.relatedTo.length + incident.maybeSameAs.length + incident.supersedes.length > 0) parts.push(this.others(incident));
    parts.push(this.history(incident, seen), this.origin(incident));
    return parts;
  }

  private head(incident: Incident, live: boolean): HTMLElement {
    const ended = hasEnded(incident);
    const shade = tone(incident.priority, ended);
    const symbol = el("span", { class: "symbol" });
    symbol.append(symbolSvg(incident.family, shade));
    return el("div", { class: "detail-head" },
      el("div", { class: "buttons" },
        this.backButton(),
        incident.place !== null &&
          el("button", { type: "button", class: "quiet", "data-focus-key": "map", click: () => this.ports.showOnMap(incident) }, "Show on map")),
      el("div", { class: "heading" }, symbol,
        el("h2", { tabindex: -1, id: "detail-title", "data-focus-key": "title" }, incident.title)),
      el("p", { class: "chips" },
        el("span", { class: "chip", "data-tone": shade }, `Priority ${incident.priority} of 10, ${words.band(incident.priority)}`),
        el("span", { class: "chip" }, `${words.familyName(incident.family)}${incident.type === "" ? "" : ` · ${incident.type}`}`),
        el("span", { class: "chip" }, words.capital(words.stateName(incident.state))),
        incident.status !== "ACTUAL" && incident.status !== "UNSPECIFIED" && el("span", { class: "chip loud" }, incident.status),
        incident.late && el("span", { class: "chip" }, "Late: not grouped"),
        !live && el("span", { class: "chip" }, "No longer live"),
      ),
    );
  }

  private notices(incident: Incident): HTMLElement {
    return el("div", { class: "notices" },
      incident.mergedInto !== "" && el("p", { class: "notice" }, "Merged into ", this.link(incident.mergedInto), "."),
      incident.state === "WITHDRAWN" && el("p", { class: "notice" }, "Withdrawn: every report in it was retracted by its source."),
      el("p", { class: "grounds" }, words.kNotGrounds, " ", words.kNoPrecision),
    );
  }

  private facts(incident: Incident): HTMLElement {
    this.ageElement = el("span", { class: "muted" });
    const place = incident.place;
    const same = incident.firstOccurredUs === incident.lastOccurredUs;
    const list = el("dl", { class: "facts-list" });
    const fact = (name: string, ...value: Child[]): void => {
      list.append(el("dt", {}, name), el("dd", {}, ...value));
    };
    fact("Place", words.placeText(incident), place !== null && el("span", { class: "muted figures" }, ` ${words.coordinates(place)}`));
    fact("Uncertainty", place === null
      ? "No report in it has a place."
      : place.radiusM > 0
        ? `Within ${words.metres(place.radiusM)} of that point in 95 of 100 cases (the circle on the map).`
        : "Not known.");
    fact(same ? "Happened" : "Began", ...bothTimes(incident.firstOccurredUs), same && this.ageElement);
    if (!same) fact("Latest", ...bothTimes(incident.lastOccurredUs), this.ageElement);
    fact("Known here", ...bothTimes(incident.openedUs));
    fact("Witnesses", `${words.count(incident.witnesses, "independent source")} of information; copies are not counted.`);
    fact("State", `${words.capital(words.stateName(incident.state))}. ${words.stateMeaning(incident)}`);
    return el("section", { "aria-label": "Facts" }, list);
  }

  // Every summand of the odds, so that a person can add them up.
  private sureness(incident: Incident): HTMLElement {
    const facts = this.explained === null ? [] : factsOf(this.explained, (about) => about.startsWith("confidence"));
    const all = facts.find((each) => each.about === "confidence");
    const factors = facts.filter((each) => each !== all);
    return el("section", { "aria-labelledby": "sure-title" },
      el("h3", { id: "sure-title" }, `How sure: ${words.percent(incident.confidencePermille)} likely that something real happened`),
      all === undefined ? this.waiting() : null,
      factors.length > 0 && el("p", { class: "muted small" }, "To check by hand: add the nats up; e to the power of the sum are the odds that it is real. " +
        "Each kind of witness has its own line; copies add nothing."),
      factors.length > 0 && el("table", { class: "terms" },
        el("thead", {}, el("tr", {}, ...["What speaks for or against it", "Nats"].map((name) => el("th", { scope: "col" }, name)), el("td"))),
        el("tbody", {}, ...factors.map((each) => this.factRow(each)),
          all?.milli !== undefined && all.milli !== null && el("tr", { class: "sum" },
            el("th", { scope: "row" }, `Sum: odds of ${words.odds(all.milli)}. ${all.words}`), el("td", { class: "figures" }, words.nats(all.milli)), el("td")))));
  }

  private waiting(): HTMLElement {
    return el("p", { class: "muted small" }, "The reasons are being fetched from the daemon.");
  }

  private factRow(fact: Fact): HTMLElement {
    return el("tr", {},
      el("td", {}, fact.words),
      el("td", { class: "figures" }, fact.milli === null ? "" : words.nats(fact.milli)),
      el("td", { class: "meter-cell" }, fact.milli === null ? null : meter(fact.milli)));
  }

  private members(incident: Incident): HTMLElement {
    const body = el("tbody");
    for (const member of incident.members.slice(0, kMembersShown)) body.append(...this.memberRows(member, incident));
    const more = incident.membersTotal - Math.min(incident.members.length, kMembersShown);
    return el("section", { "aria-labelledby": "members-title" },
      el("h3", { id: "members-title" }, `Reports (${incident.membersTotal}) and why each is here`),
      el("p", { class: "muted small" }, "Scores are in nats: +1 multiplies the odds that two reports tell of the same incident by 2.7. " +
        "Place and time are compared with chance, so they are often far below zero; what counts is by how much the need was passed."),
      el("div", { class: "table-box", tabindex: 0, role: "region", "aria-label": "Reports", "data-focus-key": "members" },
        el("table", { class: "members" },
          el("thead", {}, el("tr", {}, ...["Time", "Source", "Kind", "Report", "Role", "Copies"].map((name) => el("th", { scope: "col" }, name)))),
          body)),
      more > 0 && el("p", { class: "more" }, `… and ${words.count(more, "more report")}, not listed here: of a large incident the first and the last are.`),
    );
  }

  private memberRows(member: Member, incident: Incident): HTMLElement[] {
    const why = this.explained === null ? null : reportOf(this.explained, member.eventId);
    const flags = member.flags.map(words.plain).join(", ");
    const unfolded = this.folded.get(member.eventId) ?? incident.members.length <= 12;
    const details = el("details", { class: "why", open: unfolded },
      el("summary", { "data-focus-key": `why-${member.eventId}` }, `Why: ${why?.facts[0]?.words ?? "being fetched"}`),
      why === null ? this.waiting() : this.whyBlock(why.facts.slice(1)));
    details.addEventListener("toggle", () => this.folded.set(member.eventId, details.open));
    const where = member.place === null ? "no place" : `${words.metres(member.radiusM)} around ${words.coordinates(member.place)} (${words.methodName(member.method)})`;
    return [
      el("tr", { class: "member" },
        el("td", { class: "figures whole" }, el("time", {}, local(member.occurredUs).slice(11, 19)),
          !localIsUtc(member.occurredUs) && el("span", { class: "muted block" }, utc(member.occurredUs).slice(11))),
        el("td", {}, words.sourceName(member.sourceKind), el("span", { class: "muted block" }, `${member.source} ${member.sourceEventId}`)),
        el("td", {}, words.kindName(member.kind), el("span", { class: "muted block" }, words.familyName(member.family))),
        el("td", {}, member.headline || "(no headline)", el("span", { class: "muted block" }, [member.addressText, where].filter((part) => part !== "").join(" · ")),
          flags !== "" && el("span", { class: "muted block" }, `Noticed: ${flags}`),
          member.revision !== member.decidingRevision && el("span", { class: "muted block" }, `Revision ${member.revision} is shown; revision ${member.decidingRevision} decided.`)),
        el("td", { class: "whole" }, words.roleName(member.role), member.lifecycle === "CANCEL" && el("span", { class: "muted block" }, "cancelled by its source")),
        el("td", {}, String(member.copies)),
      ),
      el("tr", { class: "why-row" }, el("td", { colspan: 6 }, details)),
    ];
  }

  private whyBlock(facts: readonly Fact[]): HTMLElement {
    return el("div", { class: "why-body" },
      el("table", { class: "terms" },
        el("thead", {}, el("tr", {}, ...["In words", "Nats"].map((name) => el("th", { scope: "col" }, name)), el("td"))),
        el("tbody", {}, ...facts.map((each) => this.factRow(each)))));
  }

  private findings(explained: Explanation): HTMLElement {
    const list = (facts: readonly Fact[]): HTMLElement => el("ul", { class: "others" }, ...facts.map((each) => el("li", {}, each.words)));
    return el("section", { "aria-labelledby": "findings-title" },
      el("h3", { id: "findings-title" }, "What rules say"),
      ...findingsOf(explained).map((each) => el("div", { class: "link-block" },
        el("p", {}, each.title),
        list(each.counts),
        each.missed.length > 0 && el("p", { class: "muted" }, "What just does not count:"),
        each.missed.length > 0 && list(each.missed))));
  }

  private links(): HTMLElement {
    const sections: Section[] = this.explained?.sections.filter((each) => each.kind === "link") ?? [];
    return el("section", { "aria-labelledby": "links-title" },
      el("h3", { id: "links-title" }, "Why its groups are one incident"),
      sections.length === 0 ? this.waiting() : null,
      ...sections.map((each) => el("div", { class: "link-block" }, el("p", {}, each.title), this.whyBlock(each.facts))));
  }

  private said(): HTMLElement {
    const facts = this.explained === null ? [] : factsOf(this.explained, (about) => about === "word");
    return el("section", { "aria-labelledby": "said-title" },
      el("h3", { id: "said-title" }, "What people said"),
      facts.length === 0 ? this.waiting() : null,
      el("ul", { class: "others" }, ...[...facts].reverse().map((each) => el("li", {}, each.words))));
  }

  private others(incident: Incident): HTMLElement {
    const list = el("ul", { class: "others" });
    for (const same of incident.maybeSameAs) {
      list.append(el("li", {}, "Maybe the same as ", this.link(same.incidentId),
        `: ${words.percent(same.probabilityPermille)} likely that both are one matter. They are kept apart until more speaks for it.`));
    }
    for (const id of incident.relatedTo) list.append(el("li", {}, "Related, same family near by, kept apart: ", this.link(id)));
    for (const id of incident.supersedes) list.append(el("li", {}, "Took in ", this.link(id)));
    return el("section", { "aria-labelledby": "others-title" }, el("h3", { id: "others-title" }, "Other incidents"), list);
  }

  private link(id: string): HTMLElement {
    const title = this.ports.titleOf(id);
    return el("a", { href: `#/incident/${encodeURIComponent(id)}`, "data-focus-key": `link-${id}` }, title === null ? words.shortId(id) : `${title} (${words.shortId(id)})`);
  }

  private history(incident: Incident, seen: readonly SeenRevision[]): HTMLElement {
    const rows = [...seen].reverse().map((each) =>
      el("tr", {},
        el("td", { class: "figures" }, `${each.epoch}.${each.revision}`),
        el("td", {}, local(each.updatedUs).slice(11, 19)),
        el("td", {}, words.changeName(each.change)),
        el("td", {}, words.causeName(each.cause)),
        el("td", {}, `P${each.priority}, ${words.count(each.witnesses, "witness", "witnesses")}, ${words.count(each.members, "report")}` +
          (each.added + each.removed > 0 ? ` (+${each.added} −${each.removed})` : "")),
      ));
    const unseen = Number(incident.revision) - seen.length;
    return el("section", { "aria-labelledby": "history-title" },
      el("h3", { id: "history-title" }, "Revisions"),
      el("table", { class: "history" },
        el("thead", {}, el("tr", {}, ...["Epoch.revision", "Time", "Change", "Cause", "Then"].map((name) => el("th", { scope: "col" }, name)))),
        el("tbody", {}, ...rows)),
      unseen > 0 && el("p", { class: "muted small" }, `${words.count(unseen, "other revision")} came before this page was opened, or while it was away; the log has ${unseen === 1 ? "it" : "them"}.`));
  }

  private origin(incident: Incident): HTMLElement {
    const { cause, versions } = incident;
    return el("section", { "aria-label": "Origin" },
      el("h3", {}, "Where this comes from"),
      el("dl", { class: "facts-list small" },
        el("dt", {}, "Incident"), el("dd", { class: "figures" }, incident.id),
        el("dt", {}, "Revision"), el("dd", { class: "figures" }, `epoch ${incident.epoch}, revision ${incident.revision}`),
        el("dt", {}, "Made by"), el("dd", {}, `${words.causeName(cause.kind)}, log partition ${cause.partition} offset ${cause.offset || "0"}, ${utc(cause.ingestUs)}`),
        el("dt", {}, "Association"), el("dd", { class: "figures" }, versions.association || "—"),
        el("dt", {}, "Rules"), el("dd", { class: "figures" }, versions.rules || "—"),
        el("dt", {}, "Software"), el("dd", { class: "figures" }, versions.software || "—")));
  }
}

function bothTimes(us: number): Child[] {
  return [el("time", {}, local(us)), localIsUtc(us) ? " " : el("span", { class: "muted" }, ` = ${utc(us)} `)];
}

// A bar to the right of the middle for evidence in favour, to the left for evidence against.
function meter(milli: number): HTMLElement {
  const share = Math.min(1, Math.abs(milli) / kMeterFull) * 50;
  const bar = el("span", { class: `bar ${milli < 0 ? "against" : "favour"}` });
  bar.style.width = `${share}%`;
  return el("span", { class: "meter", "aria-hidden": "true" }, bar);
}
