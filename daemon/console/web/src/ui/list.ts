// The list: equal to the map, in the same order, and the way to reach everything by keyboard. Only the rows in sight exist as
// elements, so five thousand incidents cost as much as twenty. The selection is an incident, not a row: arriving ones never move it.
import { hasEnded, type Incident } from "../model/incident";
import { ago, clock } from "../text/time";
import { count, familyName, placeText, stateName } from "../text/words";
import { el, setAttribute, setText } from "./dom";
import { symbolName, symbolSvg, tone } from "./symbols";

interface Row {
  element: HTMLElement;
  symbol: HTMLElement;
  symbolKey: string;
  priority: HTMLElement;
  title: HTMLElement;
  place: HTMLElement;
  facts: HTMLElement;
  age: HTMLElement;
}

const kSpare = 4; // rows beyond the edges

export class IncidentList {
  private incidents: readonly Incident[] = [];
  private selectedId_: string | null = null;
  private readonly rows = new Map<string, Row>();
  private readonly sizer = el("div", { class: "sizer", role: "presentation" });
  private nowUs = 0;

  constructor(
    private readonly box: HTMLElement,
    private readonly onSelect: (id: string | null) => void,
    private readonly onOpen: (id: string) => void,
  ) {
    box.append(this.sizer);
    box.addEventListener("scroll", () => this.draw(), { passive: true });
    box.addEventListener("keydown", (event) => this.key(event));
    box.addEventListener("focus", () => {
      if (this.selectedId_ === null && this.incidents[0] !== undefined) this.select(this.incidents[0].id);
    });
    this.sizer.addEventListener("click", (event) => {
      const row = (event.target as Element).closest<HTMLElement>(".row");
      const id = row?.dataset["id"];
      if (id === undefined) return;
      this.select(id);
      this.onOpen(id);
    });
    new ResizeObserver(() => this.draw()).observe(box);
  }

  get selectedId(): string | null {
    return this.selectedId_;
  }

  show(incidents: readonly Incident[], nowUs: number): void {
    this.incidents = incidents;
    this.nowUs = nowUs;
    this.draw();
  }

  select(id: string | null, scroll = true): void {
    const changed = id !== this.selectedId_;
    this.selectedId_ = id;
    if (scroll) this.bringIntoView();
    this.draw();
    if (changed) this.onSelect(id);
  }

  focus(): void {
    this.box.focus();
  }

  private rowHeight(): number {
    const height = parseFloat(getComputedStyle(this.box).getPropertyValue("--row-rem"));
    return (Number.isFinite(height) ? height : 4.5) * parseFloat(getComputedStyle(document.documentElement).fontSize);
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const page = Math.max(1, Math.floor(this.box.clientHeight / this.rowHeight()) - 1);
    const steps: Record<string, number> = {
      ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -this.incidents.length, End: this.incidents.length,
    };
    const step = steps[event.key];
    if (step !== undefined) {
      event.preventDefault();
      this.move(step);
    } else if (event.key === "Enter" && this.selectedId_ !== null) {
      event.preventDefault();
      this.onOpen(this.selectedId_);
    }
  }

  private move(step: number): void {
    if (this.incidents.length === 0) return;
    const at = this.incidents.findIndex((incident) => incident.id === this.selectedId_);
    const to = at < 0 ? 0 : Math.max(0, Math.min(this.incidents.length - 1, at + step));
    this.select(this.incidents[to]?.id ?? null);
  }

  private bringIntoView(): void {
    const at = this.incidents.findIndex((incident) => incident.id === this.selectedId_);
    if (at < 0) return;
    const height = this.rowHeight();
    const top = at * height;
    if (top < this.box.scrollTop) this.box.scrollTop = top;
    else if (top + height > this.box.scrollTop + this.box.clientHeight) this.box.scrollTop = top + height - this.box.clientHeight;
  }

  private draw(): void {
    const height = this.rowHeight();
    this.sizer.style.height = `${this.incidents.length * height}px`;
    const first = Math.max(0, Math.floor(this.box.scrollTop / height) - kSpare);
    const last = Math.min(this.incidents.length, Math.ceil((this.box.scrollTop + this.box.clientHeight) / height) + kSpare);
    const wanted = new Set<string>();
    for (let i = first; i < last; i += 1) {
      const incident = this.incidents[i];
      if (incident !== undefined) wanted.add(incident.id);
    }
    for (const [id, row] of this.rows) {
      if (!wanted.has(id)) {
        row.element.remove();
        this.rows.delete(id);
      }
    }
    for (let i = first; i < last; i += 1) {
      const incident = this.incidents[i];
      if (incident !== undefined) this.drawRow(incident, i, height);
    }
    const active = this.selectedId_ !== null && this.rows.has(this.selectedId_) ? `row-${this.selectedId_}` : null;
    setAttribute(this.box, "aria-activedescendant", active);
    this.box.dataset["count"] = String(this.incidents.length);
  }

  private drawRow(incident: Incident, index: number, height: number): void {
    let row = this.rows.get(incident.id);
    if (row === undefined) {
      row = this.makeRow(incident.id);
      this.rows.set(incident.id, row);
      this.sizer.append(row.element);
    }
    const ended = hasEnded(incident);
    const shade = tone(incident.priority, ended);
    const { element } = row;
    element.style.transform = `translateY(${index * height}px)`;
    setAttribute(element, "aria-posinset", String(index + 1));
    setAttribute(element, "aria-setsize", String(this.incidents.length));
    setAttribute(element, "aria-selected", incident.id === this.selectedId_ ? "true" : "false");
    setAttribute(element, "data-tone", shade);
    const key = symbolName(incident.family, shade);
    if (row.symbolKey !== key) {
      row.symbolKey = key;
      row.symbol.replaceChildren(symbolSvg(incident.family, shade));
    }
    setText(row.priority, `P${incident.priority}`);
    setText(row.title, incident.title);
    setText(row.place, placeText(incident));
    const exercise = incident.status === "ACTUAL" || incident.status === "UNSPECIFIED" ? "" : `${incident.status} · `;
    const where = incident.place === null ? " · not on the map" : "";
    setText(
      row.facts,
      `${exercise}${clock(incident.lastOccurredUs, this.nowUs)} · ${familyName(incident.family)} · ${stateName(incident.state)} · ` +
        `${count(incident.witnesses, "witness", "witnesses")}${where}`,
    );
    setText(row.age, ago(incident.lastOccurredUs, this.nowUs));
  }

  private makeRow(id: string): Row {
    const symbol = el("span", { class: "symbol" });
    const priority = el("span", { class: "priority" });
    const title = el("span", { class: "title" });
    const place = el("span", { class: "place" });
    const facts = el("span", { class: "facts" });
    const age = el("span", { class: "age" });
    const element = el("div", { class: "row", role: "option", id: `row-${id}`, "data-id": id },
      symbol,
      el("span", { class: "line" }, priority, title),
      place,
      age,
      facts,
    );
    return { element, symbol, symbolKey: "", priority, title, place, facts, age };
  }
}
