// The state of the stream, where it cannot be missed: a red band across the whole width, the title and a hatched screen when it has
// stopped; an amber band when what is shown may be incomplete.
import type { Health } from "../stream/health";
import { byId, setAttribute, setText } from "./dom";

const kTitle = "fusiond console";

export class Banner {
  private readonly band = byId("banner");
  private readonly alarm = byId("banner-alarm");
  private readonly status = byId("stream-status");
  private lastLevel = "";

  show(health: Health, facts: { attempts: number; highOpen: number; details: string; lastHeardS: number }): void {
    setAttribute(document.body, "data-stream", health.level);
    const heard = `${Math.floor(facts.lastHeardS)} s ago`;
    switch (health.level) {
      case "stopped":
        setText(this.band, `STREAM STOPPED — last heard ${heard}, reconnecting`);
        setText(this.status, `Stopped · attempt ${facts.attempts}`);
        document.title = `⛔ STREAM STOPPED ${Math.floor(facts.lastHeardS)} s — ${kTitle}`;
        break;
      case "degraded":
        setText(this.band, health.why.join(" "));
        setText(this.status, `Live, with limits · ${facts.details}`);
        document.title = `⚠ ${this.titleOf(facts.highOpen)}`;
        break;
      case "starting":
        setText(this.status, "Connecting");
        document.title = kTitle;
        break;
      case "live":
        setText(this.status, `Live · ${facts.details}`);
        document.title = this.titleOf(facts.highOpen);
        break;
    }
    this.band.hidden = health.level === "live" || health.level === "starting";
    if (health.level !== this.lastLevel) {
      // Said once per change, not at every second of the counter.
      if (health.level === "stopped") setText(this.alarm, "The stream has stopped. What the screen shows is old.");
      else if (health.level === "live" && this.lastLevel === "stopped") setText(this.alarm, "The stream is live again.");
      else if (health.level === "degraded") setText(this.alarm, health.why.join(" "));
      this.lastLevel = health.level;
    }
  }

  private titleOf(highOpen: number): string {
    return highOpen > 0 ? `(${highOpen}) ${kTitle}` : kTitle;
  }
}

// Shows through the compositor, without this page's code, that this page's code has stopped running: an animation uncovers the
// notice after four seconds unless it is started afresh before.
export class FrozenNotice {
  private readonly notice = byId("frozen");
  private odd = false;

  alive(): void {
    this.odd = !this.odd;
    this.notice.className = this.odd ? "frozen odd" : "frozen even";
  }
}
