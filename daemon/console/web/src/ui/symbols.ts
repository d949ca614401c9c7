// One drawing per family, used by the list (SVG) and by the map (canvas). 24 × 24 units, filled, drawn by us.
// Priority is told by colour, by the frame (a filled diamond from 9 on, a filled square from 7 on, else an outlined disc) and by the label.
import { band, type Band } from "../text/words";
import { svg } from "./dom";

export const kColours: Record<Band | "ended", string> = {
  critical: "#ff8073",
  high: "#ffb951",
  medium: "#7cc4ff",
  low: "#b4bec9",
  ended: "#8f9aa6",
};
export const kInk = "#12161b";

const kGlyphs: Record<string, string> = {
  // rings of a report of sound around a centre
  shots: "M12 9.5a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5zM11 4h2v3.5h-2zM11 16.500h2V20h-2zM4 11h3.500v2H4zM16.500 11H20v2h-3.500zM6.300 7.700l1.400-1.400 2 2-1.400 1.400zM14.300 15.700l1.400-1.400 2 2-1.400 1.400zM6.300 16.300l2-2 1.400 1.400-2 2zM14.300 8.300l2-2 1.400 1.400-2 2z",
  // two blocks that meet
  crash: "M4 8h6v8H4zM14 8h6v8h-6zM11 5h2v3h-2zM11 16h2v3h-2zM11 10.500h2v3h-2z",
  fire: "M12.500 3.500c.6 3-3.800 4.800-4.800 8.300-1.100 4 1.500 8.200 4.800 8.200 3.200 0 5.500-2.600 5-6-.3-2-1.500-3-2.100-4.500-.5 1.200-.9 1.700-1.700 2 .9-3.200.6-6.200-1.200-8zM12.300 18c-1.400 0-2.300-1-2.200-2.400.1-1.200 1.300-1.900 1.700-3 1.200.9 2.500 2 2.400 3.400-.1 1.200-.9 2-1.900 2z",
  violence: "M10.500 4h3v10h-3zM10.500 16h3v3.500h-3z",
  theft: "M8 10V8a4 4 0 0 1 8 0h-2a2 2 0 0 0-4 0v2h8v9H6v-9z",
  medical: "M9.500 4.500h5v5h5v5h-5v5h-5v-5h-5v-5h5z",
  disorder: "M5 9h14v2H5zM5 13h14v2H5zM5 5h14v2H5zM5 17h14v2H5z",
  hazard: "M12 4l8.500 15h-17zM11 9.500v4.500h2V9.500zM11 15.500v2h2v-2z",
  vehicle: "M6.500 7h11l2.500 5v5.500h-2.500V16h-11v1.500H4V12zM8 9l-1.300 3h10.600L16 9z",
  admin: "M7 4h10v16H7zM9 7v2h6V7zM9 11v2h6v-2zM9 15v2h4v-2z",
};
const kOther = "M12 7a5 5 0 1 1 0 10 5 5 0 0 1 0-10z";

const kAliases: Record<string, string> = { gunfire: "shots", collision: "crash" };

function glyph(family: string): string {
  return kGlyphs[kAliases[family] ?? family] ?? kOther;
}

type Tone = Band | "ended";
export function tone(priority: number, ended: boolean): Tone {
  return ended ? "ended" : band(priority);
}

function frame(tone: Tone): { path: string; filled: boolean } {
  switch (tone) {
    case "critical":
      return { path: "M16 0.800L31.200 16 16 31.200 0.800 16z", filled: true };
    case "high":
      return { path: "M4.500 3h23a1.500 1.500 0 0 1 1.500 1.500v23a1.500 1.500 0 0 1-1.500 1.500h-23A1.500 1.500 0 0 1 3 27.500v-23A1.500 1.500 0 0 1 4.500 3z", filled: true };
    default:
      return { path: "M16 3a13 13 0 1 1 0 26 13 13 0 0 1 0-26z", filled: false };
  }
}

// Frame 32 × 32; the glyph is scaled into its middle.
export function symbolSvg(family: string, tone: Tone): SVGElement {
  const { path, filled } = frame(tone);
  const colour = kColours[tone];
  const inset = tone === "critical" ? "translate(7 7) scale(0.75)" : "translate(5.2 5.2) scale(0.9)";
  return svg(
    "svg",
    { viewBox: "0 0 32 32", width: "32", height: "32", "aria-hidden": "true", focusable: "false" },
    svg("path", { d: path, fill: filled ? colour : kInk, stroke: colour, "stroke-width": "2" }),
    svg("path", { d: glyph(family), fill: filled ? kInk : colour, "fill-rule": "evenodd", transform: inset }),
  );
}

export function symbolName(family: string, tone: Tone): string {
  return `${family}|${tone}`;
}

const kPixels = 72; // drawn at twice the size it is shown at, with a margin for the halo

export function symbolImage(name: string): ImageData | null {
  const [family = "", toneName = "low"] = name.split("|");
  const tone = toneName as Tone;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = kPixels;
  const context = canvas.getContext("2d");
  if (context === null || kColours[tone] === undefined) return null;
  const { path, filled } = frame(tone);
  context.setTransform(2, 0, 0, 2, 4, 4);
  const shape = new Path2D(path);
  context.lineJoin = "round";
  context.strokeStyle = kInk;
  context.lineWidth = 4.500;
  context.stroke(shape);
  context.fillStyle = filled ? kColours[tone] : kInk;
  context.fill(shape);
  context.strokeStyle = kColours[tone];
  context.lineWidth = 2;
  context.stroke(shape);
  if (tone === "critical") context.transform(0.75, 0, 0, 0.75, 7, 7);
  else context.transform(0.9, 0, 0, 0.9, 5.2, 5.2);
  context.fillStyle = filled ? kInk : kColours[tone];
  context.fill(new Path2D(glyph(family)), "evenodd");
  return context.getImageData(0, 0, kPixels, kPixels);
}
