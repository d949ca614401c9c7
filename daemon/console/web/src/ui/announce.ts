// Tells of new high-priority incidents: politely to a screen reader, at most one message in five seconds, and by a tone when that
// was switched on. A flood is summed up, never queued.
import type { Incident } from "../model/incident";
import { kHighPriority } from "../model/view";
import { familyName, placeText } from "../text/words";
import { setText } from "./dom";

const kEveryMs = 5000;

export class Announcer {
  private waiting: Incident[] = [];
  private timer: number | null = null;
  private lastAt = -kEveryMs;
  private audio: AudioContext | null = null;

  constructor(private readonly region: HTMLElement) {}

  get soundOn(): boolean {
    return this.audio !== null;
  }

  // Must be called from a key or a click, else browsers keep quiet. Plays the tone once, as the proof that it can be heard.
  setSound(on: boolean): void {
    if (on === this.soundOn) return;
    if (on) {
      this.audio = new AudioContext();
      this.tone();
    } else {
      void this.audio?.close();
      this.audio = null;
    }
  }

  arrived(incident: Incident): void {
    if (incident.priority < kHighPriority) return;
    this.waiting.push(incident);
    if (this.waiting.length > 1000) this.waiting.shift();
    if (this.timer !== null) return;
    const delay = Math.max(200, this.lastAt + kEveryMs - performance.now());
    this.timer = window.setTimeout(() => this.speak(), delay);
  }

  private speak(): void {
    this.timer = null;
    this.lastAt = performance.now();
    setText(this.region, announcement(this.waiting));
    this.waiting = [];
    this.tone();
  }

  private tone(): void {
    const audio = this.audio;
    if (audio === null) return;
    const gain = audio.createGain();
    gain.connect(audio.destination);
    gain.gain.setValueAtTime(0.0001, audio.currentTime);
    gain.gain.exponentialRampToValueAtTime(0.2, audio.currentTime + 0.02);
    gain.gain.exponentialRampToValueAtTime(0.0001, audio.currentTime + 0.45);
    for (const [hertz, at] of [[660, 0], [880, 0.18]] as const) {
      const oscillator = audio.createOscillator();
      oscillator.frequency.value = hertz;
      oscillator.connect(gain);
      oscillator.start(audio.currentTime + at);
      oscillator.stop(audio.currentTime + 0.5);
    }
  }
}

export function announcement(incidents: readonly Incident[]): string {
  const [first] = incidents;
  if (first === undefined) return "";
  if (incidents.length === 1) return `New, priority ${first.priority}: ${first.title}, ${placeText(first)}.`;
  const families = new Map<string, number>();
  for (const incident of incidents) families.set(familyName(incident.family), (families.get(familyName(incident.family)) ?? 0) + 1);
  const parts = [...families].map(([family, n]) => `${n} ${family.toLowerCase()}`);
  return `${incidents.length} new incidents of high priority: ${parts.join(", ")}.`;
}
