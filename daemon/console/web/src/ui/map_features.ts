// Incidents as the map's source holds them, and what changed since the last time: with thousands on the map only the few that
// changed are sent to its worker.
import { hasEnded, type Incident } from "../model/incident";
import { familyName, stateName } from "../text/words";
import { kColours, symbolName, tone } from "./symbols";

export interface FeatureDiff {
  add: GeoJSON.Feature[]; // new, or in place of the one with the same id
  remove: string[];
}

// At zoom 0 a metre on the equator is this many pixels; each zoom level doubles it.
const kPixelsPerMetre = 512 / 40_075_016.686;

function label(incident: Incident): string {
  const ended = hasEnded(incident) ? ` · ${stateName(incident.state)}` : "";
  return `P${incident.priority} ${familyName(incident.family)}${ended}`;
}

// Null when it has no place.
export function featureOf(incident: Incident): GeoJSON.Feature | null {
  const { place } = incident;
  if (place === null) return null;
  const shade = tone(incident.priority, hasEnded(incident));
  return {
    type: "Feature",
    geometry: { type: "Point", coordinates: [place.lon, place.lat] },
    properties: {
      id: incident.id,
      symbol: symbolName(incident.family, shade),
      colour: kColours[shade],
      label: label(incident),
      sort: hasEnded(incident) ? -1 : incident.priority, // the highest is drawn last, on top
      pixels: (place.radiusM * kPixelsPerMetre) / Math.max(0.01, Math.cos((place.lat * Math.PI) / 180)), // of the radius at zoom 0
    },
  };
}

export class MapFeatures {
  private readonly sent = new Map<string, Incident>();

  get size(): number {
    return this.sent.size;
  }

  // What must change on the map so that it shows `incidents`; null when nothing. Every incident object is new when its content is.
  diff(incidents: readonly Incident[]): FeatureDiff | null {
    const diff: FeatureDiff = { add: [], remove: [] };
    const present = new Set<string>();
    for (const incident of incidents) {
      if (incident.place === null) continue;
      present.add(incident.id);
      if (this.sent.get(incident.id) === incident) continue;
      this.sent.set(incident.id, incident);
      const feature = featureOf(incident);
      if (feature !== null) diff.add.push(feature);
    }
    for (const id of this.sent.keys()) {
      if (present.has(id)) continue;
      this.sent.delete(id);
      diff.remove.push(id);
    }
    return diff.add.length + diff.remove.length > 0 ? diff : null;
  }
}
