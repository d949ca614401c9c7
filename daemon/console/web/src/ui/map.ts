// The map: needs nothing but this page. One source holds every incident (no element per incident, so nothing leaks); a base map comes
// from ./basemap.geojson, which a deployment may replace; the grid, its figures and the scale are drawn by us, so it is never blank.
import { Map as MapLibre, ScaleControl, setWorkerUrl, type CircleLayerSpecification, type ExpressionSpecification, type GeoJSONSource, type StyleSpecification } from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import "maplibre-gl/dist/maplibre-gl.css";
import type { Incident } from "../model/incident";
import { kHighPriority } from "../model/view";
import { symbolImage } from "./symbols";
import { graticule } from "./geometry";
import { featureOf, MapFeatures } from "./map_features";
import { byId, setText } from "./dom";

setWorkerUrl(workerUrl);

const kEmpty: GeoJSON.FeatureCollection = { type: "FeatureCollection", features: [] };
const kPushEveryMs = 40;
const kFont = ["DejaVu Sans", "Segoe UI", "Helvetica", "Arial", "sans-serif"];

const kCircles: ExpressionSpecification = [">", ["get", "pixels"], 0];
const kManyAtOnce = 200; // above this many, only high priorities have their circle: the others would hide them

// The circle that holds the true place, in metres at every zoom.
function uncertainty(id: string, source: string): CircleLayerSpecification {
  return {
    id,
    type: "circle",
    source,
    paint: {
      "circle-radius": ["interpolate", ["exponential", 2], ["zoom"], 0, ["get", "pixels"], 22, ["*", ["get", "pixels"], 2 ** 22]],
      "circle-pitch-alignment": "map",
      "circle-color": ["get", "colour"],
      "circle-opacity": 0.08,
      "circle-stroke-color": ["get", "colour"],
      "circle-stroke-width": 1.2,
      "circle-stroke-opacity": 0.75,
    },
  };
}

function style(): StyleSpecification {
  const colour = ["get", "colour"] as unknown as string;
  const line = (kind: string, width: number[], paint: string) => ({
    id: `base-${kind}`,
    type: "line" as const,
    source: "base",
    filter: ["==", ["get", "kind"], kind] as never,
    layout: { "line-cap": "round" as const, "line-join": "round" as const },
    paint: { "line-color": paint, "line-width": ["interpolate", ["linear"], ["zoom"], 10, width[0], 16, width[1]] as never },
  });
  const area = (kind: string, paint: string) => ({
    id: `base-${kind}`,
    type: "fill" as const,
    source: "base",
    filter: ["==", ["get", "kind"], kind] as never,
    paint: { "fill-color": paint },
  });
  return {
    version: 8,
    sources: {
      base: { type: "geojson", data: kEmpty },
      grid: { type: "geojson", data: kEmpty },
      incidents: { type: "geojson", data: kEmpty, promoteId: "id" },
      selected: { type: "geojson", data: kEmpty },
    },
    layers: [
      { id: "ground", type: "background", paint: { "background-color": "#171c22" } },
      area("water", "#16283a"),
      area("park", "#1a2a22"),
      area("building", "#1f262e"),
      { id: "grid-lines", type: "line", source: "grid", filter: ["==", ["geometry-type"], "LineString"], paint: { "line-color": "#2a323b", "line-width": 1 } },
      line("minor", [0.6, 4], "#2b343e"),
      line("major", [1.2, 7], "#384450"),
      line("rail", [0.8, 2], "#4a4458"),
      {
        id: "base-names",
        type: "symbol",
        source: "base",
        filter: ["all", ["has", "name"], ["==", ["geometry-type"], "LineString"]],
        layout: { "symbol-placement": "line", "text-field": ["get", "name"], "text-font": kFont, "text-size": 11, "symbol-spacing": 320 },
        paint: { "text-color": "#9aa7b4", "text-halo-color": "#171c22", "text-halo-width": 1.5 },
      },
      {
        id: "base-places",
        type: "symbol",
        source: "base",
        filter: ["all", ["has", "name"], ["!=", ["geometry-type"], "LineString"]],
        layout: { "text-field": ["get", "name"], "text-font": kFont, "text-size": 12, "text-letter-spacing": 0.08 },
        paint: { "text-color": "#9aa7b4", "text-halo-color": "#171c22", "text-halo-width": 1.5 },
      },
      {
        id: "grid-figures",
        type: "symbol",
        source: "grid",
        filter: ["==", ["geometry-type"], "Point"],
        layout: {
          "text-field": ["get", "text"], "text-font": kFont, "text-size": 10,
          "text-anchor": ["get", "anchor"], "text-offset": [0.4, 0.3], "text-allow-overlap": true,
        },
        paint: { "text-color": "#8795a3", "text-halo-color": "#171c22", "text-halo-width": 1.5 },
      },
      { ...uncertainty("uncertainty", "incidents"), filter: kCircles },
      uncertainty("uncertainty-selected", "selected"),
      {
        id: "selected",
        type: "circle",
        source: "selected",
        paint: { "circle-radius": 25, "circle-color": "rgba(0,0,0,0)", "circle-stroke-color": "#ffffff", "circle-stroke-width": 2.5 },
      },
      {
        id: "incidents",
        type: "symbol",
        source: "incidents",
        layout: {
          "icon-image": ["get", "symbol"],
          "icon-allow-overlap": true,
          "icon-ignore-placement": true,
          "symbol-sort-key": ["get", "sort"], // the highest last, on top
        },
      },
      {
        id: "labels",
        type: "symbol",
        source: "incidents",
        layout: {
          "symbol-sort-key": ["-", ["get", "sort"]], // the highest first: where labels do not fit, low ones give way
          "text-field": ["get", "label"],
          "text-font": kFont,
          "text-size": 12,
          "text-anchor": "top",
          "text-offset": [0, 1.5],
        },
        paint: { "text-color": colour, "text-halo-color": "#12161b", "text-halo-width": 1.8 },
      },
    ],
  };
}

export class IncidentMap {
  private map: MapLibre | null = null;
  private ready = false;
  private incidents: readonly Incident[] = [];
  private selectedId: string | null = null;
  private readonly features = new MapFeatures();
  private pushPlanned = false;
  private thinned = false;
  private shownSelected: Incident | null = null;
  private fitted = false;

  constructor(
    private readonly container: HTMLElement,
    private readonly onOpen: (id: string) => void,
  ) {}

  // Starts the map; without WebGL the page goes on with the list and says so.
  start(): void {
    try {
      this.map = new MapLibre({
        container: this.container,
        style: style(),
        center: [0, 20],
        zoom: 1.5,
        maxZoom: 19,
        attributionControl: false,
        dragRotate: false,
        pitchWithRotate: false,
        touchPitch: false,
        fadeDuration: 0,
        refreshExpiredTiles: false,
      });
    } catch {
      byId("map-note").hidden = false;
      return;
    }
    const map = this.map;
    map.touchZoomRotate.disableRotation();
    map.keyboard.disableRotation();
    map.addControl(new ScaleControl({ maxWidth: 140, unit: "metric" }), "bottom-left");
    map.getCanvas().setAttribute("aria-label", "Map of incidents. Everything on it is in the list. Arrow keys move it, plus and minus zoom.");
    map.setMissingStyleImageResolver((name) => {
      const image = symbolImage(name);
      if (image !== null && !map.hasImage(name)) map.addImage(name, image, { pixelRatio: 2 });
    });
    map.on("load", () => {
      this.ready = true;
      this.container.dataset["ready"] = "yes";
      this.show(this.incidents, this.selectedId);
      this.drawGrid();
      void this.loadBase();
    });
    map.on("moveend", () => this.drawGrid());
    map.on("mousemove", (event) => this.showPosition(event.lngLat.lat, event.lngLat.lng));
    map.on("click", "incidents", (event) => {
      const id: unknown = event.features?.[0]?.properties?.["id"];
      if (typeof id === "string") this.onOpen(id);
    });
    map.on("mouseenter", "incidents", () => (map.getCanvas().style.cursor = "pointer"));
    map.on("mouseleave", "incidents", () => (map.getCanvas().style.cursor = ""));
    map.on("error", (event) => console.warn("map:", event.error.message));
  }

  // Shows `incidents`. Cheap to call often: what changed is sent when the map is done with what was sent before.
  show(incidents: readonly Incident[], selectedId: string | null): void {
    this.incidents = incidents;
    this.selectedId = selectedId;
    if (!this.pushPlanned) {
      this.pushPlanned = true;
      void this.push().finally(() => (this.pushPlanned = false));
    }
  }

  fitAll(): void {
    const placed = this.incidents.flatMap((incident) => incident.place ?? []);
    if (this.map === null || placed.length === 0) return;
    const lons = placed.map((place) => place.lon);
    const lats = placed.map((place) => place.lat);
    const least = (values: number[]) => values.reduce((a, b) => Math.min(a, b));
    const most = (values: number[]) => values.reduce((a, b) => Math.max(a, b));
    this.map.fitBounds(
      [[least(lons), least(lats)], [most(lons), most(lats)]],
      { padding: 70, maxZoom: 15.5, animate: false },
    );
  }

  lookAt(incident: Incident): void {
    if (this.map === null || incident.place === null) return;
    const zoom = Math.max(this.map.getZoom(), Math.min(16.5, 23.3 - Math.log2(Math.max(20, incident.place.radiusM) * 2)));
    this.map.jumpTo({ center: [incident.place.lon, incident.place.lat], zoom });
  }

  focus(): void {
    this.map?.getCanvas().focus();
  }
  resize(): void {
    this.map?.resize();
  }

  private source(name: string): GeoJSONSource | undefined {
    return this.map?.getSource<GeoJSONSource>(name);
  }

  private async push(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, kPushEveryMs));
    if (!this.ready) return;
    this.showSelected();
    const diff = this.features.diff(this.incidents);
    if (diff === null) return;
    const from = performance.now();
    this.thinOut();
    await this.source("incidents")?.updateData(diff);
    this.container.dataset["incidents"] = String(this.features.size);
    if (!this.fitted && this.features.size > 0) {
      this.fitted = true;
      this.fitAll();
    }
    // A busy map gets as long a rest as it worked.
    await new Promise((resolve) => setTimeout(resolve, Math.min(500, performance.now() - from)));
  }

  private thinOut(): void {
    const many = this.features.size > kManyAtOnce;
    if (many === this.thinned) return;
    this.thinned = many;
    this.map?.setFilter("uncertainty", many ? ["all", kCircles, [">=", ["get", "sort"], kHighPriority]] : kCircles);
    byId("map-thinned").hidden = !many;
  }

  private showSelected(): void {
    const incident = this.incidents.find((each) => each.id === this.selectedId) ?? null;
    if (incident === this.shownSelected) return;
    this.shownSelected = incident;
    const features = incident === null ? [] : [featureOf(incident)].filter((each) => each !== null);
    void this.source("selected")?.setData({ type: "FeatureCollection", features });
  }

  private drawGrid(): void {
    if (!this.ready || this.map === null) return;
    const bounds = this.map.getBounds();
    void this.source("grid")?.setData(
      graticule({ west: bounds.getWest(), south: bounds.getSouth(), east: bounds.getEast(), north: bounds.getNorth() }, this.container.clientWidth / 170),
    );
    const centre = this.map.getCenter();
    this.showPosition(centre.lat, centre.lng);
  }

  private showPosition(lat: number, lon: number): void {
    setText(byId("map-position"), `${lat.toFixed(5)}, ${lon.toFixed(5)}`);
  }

  private async loadBase(): Promise<void> {
    try {
      const response = await fetch("./basemap.geojson");
      if (!response.ok) return;
      const data = (await response.json()) as GeoJSON.FeatureCollection;
      if (data.type === "FeatureCollection") await this.source("base")?.setData(data);
    } catch {
      // No base map: the grid stands in for it.
    }
  }
}
