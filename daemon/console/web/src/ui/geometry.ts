// The grid of latitude and longitude for the map. Pure.

export interface Bounds {
  west: number;
  south: number;
  east: number;
  north: number;
}

// The step of 1, 2 or 5 × 10^n degrees that gives about `wanted` lines over `span` degrees.
export function gridStep(span: number, wanted: number): number {
  const rough = Math.max(1e-5, span / Math.max(1, wanted));
  const power = 10 ** Math.floor(Math.log10(rough));
  const unit = rough / power;
  return (unit < 1.5 ? 1 : unit < 3.5 ? 2 : unit < 7.5 ? 5 : 10) * power;
}

function lines(from: number, to: number, step: number): number[] {
  const values: number[] = [];
  for (let i = Math.ceil(from / step); i * step <= to && values.length < 60; i += 1) values.push(i * step);
  return values;
}

function figure(value: number, step: number, positive: string, negative: string): string {
  const digits = Math.max(0, Math.min(6, Math.ceil(-Math.log10(step) - 1e-9)));
  return `${Math.abs(value).toFixed(digits)}° ${value < 0 ? negative : positive}`;
}

export function graticule(bounds: Bounds, wanted: number): GeoJSON.FeatureCollection {
  const step = gridStep(Math.min(360, Math.max(bounds.east - bounds.west, 1e-4)), wanted);
  const south = Math.max(-85, bounds.south);
  const north = Math.min(85, bounds.north);
  const features: GeoJSON.Feature[] = [];
  const point = (at: [number, number], text: string, anchor: string): void => {
    features.push({ type: "Feature", geometry: { type: "Point", coordinates: at }, properties: { text, anchor } });
  };
  const line = (from: [number, number], to: [number, number]): void => {
    features.push({ type: "Feature", geometry: { type: "LineString", coordinates: [from, to] }, properties: {} });
  };
  for (const lon of lines(bounds.west, bounds.east, step)) {
    line([lon, south], [lon, north]);
    point([lon, north], figure(lon, step, "E", "W"), "top-left");
  }
  for (const lat of lines(south, north, step)) {
    line([bounds.west, lat], [bounds.east, lat]);
    point([bounds.west, lat], figure(lat, step, "N", "S"), "top-left");
  }
  return { type: "FeatureCollection", features };
}
