// The real daemon with the embedded bus, and Debian's Chromium on its page with every other address cut off.
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, "../../..");
const build = path.resolve(root, process.env.FUSIOND_BUILD ?? "build/dev");
const daemon = process.env.FUSIOND_BIN ?? path.join(build, "bin/fusiond");
const plugins = process.env.FUSIOND_PLUGINS ?? path.join(build, "plugins");
const page = path.join(root, "daemon/console/web/dist");

const kStartMs = 20_000;

export class World {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "fusiond-console-"));
  web = path.join(this.folder, "web");
  ports = null;
  process = null;
  output = "";

  // `baseMap`: GeoJSON that the deployment puts in place of the empty one. `more`: further keys of the config.
  constructor(baseMap, more = {}) {
    this.more = more;
    fs.cpSync(page, this.web, { recursive: true });
    if (baseMap !== undefined) fs.writeFileSync(path.join(this.web, "basemap.geojson"), JSON.stringify(baseMap));
  }

  // Starts the daemon; a second start takes the ports of the first, as a restarted service does.
  async start() {
    const address = (url) => (url === undefined ? "127.0.0.1:0" : new URL(url).host);
    // JSON is YAML.
    const config = {
      state_dir: path.join(this.folder, "state"),
      bus: { kind: "embedded" },
      ingest: { listen: address(this.ports?.ingest), plugin_dir: plugins },
      console: { listen: address(this.ports?.console), web_dir: this.web },
      fusion: { association: path.join(root, "config/association.yaml"), rules: path.join(root, "config/rules.yaml") },
      kinds: [{ scheme: "gunshot", kind: "gunshot", codes: ["single", "multiple"] }],
      sources: [{ name: "acoustic", plugin: "acoustic", transport: { kind: "webhook" }, settings: { time_zone: "UTC" } }],
      ...this.more,
    };
    const file = path.join(this.folder, "fusiond.yaml");
    fs.writeFileSync(file, JSON.stringify(config, null, 2));
    this.process = spawn(daemon, ["run", "--config", file], { stdio: ["ignore", "pipe", "pipe"] });
    const exited = new Promise((_, reject) => {
      this.process.once("error", reject);
      this.process.once("exit", (code) => reject(new Error(`fusiond ended with ${code}:\n${this.output}`)));
    });
    exited.catch(() => {});
    this.process.stderr.on("data", (piece) => (this.output = (this.output + piece).slice(-8000)));
    let lines = "";
    const ready = new Promise((resolve) => {
      this.process.stdout.on("data", (piece) => {
        lines += piece;
        for (const line of lines.split("\n").slice(0, -1)) {
          if (line.startsWith("{") && line.includes('"console"')) resolve(JSON.parse(line));
        }
      });
    });
    const late = new Promise((_, reject) => setTimeout(() => reject(new Error(`no ports after ${kStartMs} ms:\n${this.output}`)), kStartMs).unref());
    this.ports = await Promise.race([ready, exited, late]);
  }

  async end(signal) {
    const child = this.process;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    const hard = setTimeout(() => child.kill("SIGKILL"), 10_000);
    await gone;
    clearTimeout(hard);
  }

  async post(body) {
    const response = await fetch(`${this.ports.ingest}/ingest/acoustic`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`the webhook said ${response.status}: ${await response.text()}`);
  }

  async close() {
    await this.end("SIGTERM");
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

let alerts = 0;
const kBlockDegrees = 0.02; // alerts are so far apart that each is an incident of its own

// A gunshot alert of just now, at a place of its own unless `over` says where.
export function alert(over = {}) {
  alerts += 1;
  return {
    alert_id: `AC-${process.pid}-${alerts}`,
    type: "multiple",
    rounds: 4,
    sensors: 5,
    occurred_at: new Date().toISOString(),
    lat: 40 + kBlockDegrees * (alerts % 7),
    lon: -99 + kBlockDegrees * Math.floor(alerts / 7),
    radius_m: 25,
    state: "machine",
    address: `${100 * alerts} BLOCK OF CEDAR AV`,
    ...over,
  };
}

export async function browse() {
  return chromium.launch({
    executablePath: process.env.FUSIOND_CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--use-angle=swiftshader",
      "--enable-unsafe-swiftshader",
      // The network is cut: no name resolves, and whatever is not loopback goes to a proxy that is not there.
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
      "--proxy-server=127.0.0.1:9",
      "--proxy-bypass-list=<-loopback>;127.0.0.1",
      "--disable-background-networking",
      "--disable-component-update",
    ],
  });
}

// Opens the page with every fault written down: what it asked for elsewhere, its console's warnings and errors, its exceptions.
export async function openPage(browser, address) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, timezoneId: "America/Los_Angeles" });
  const faults = { outside: [], said: [] };
  await context.route("**/*", (route) => {
    if (new URL(route.request().url()).hostname === "127.0.0.1") return route.continue();
    faults.outside.push(route.request().url());
    return route.abort();
  });
  const tab = await context.newPage();
  context.on("request", (request) => {
    const url = new URL(request.url());
    if (!["127.0.0.1", ""].includes(url.hostname) && !["data:", "blob:"].includes(url.protocol)) faults.outside.push(request.url());
  });
  tab.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) faults.said.push(`${message.type()}: ${message.text()}`);
  });
  tab.on("pageerror", (error) => faults.said.push(`exception: ${error.stack}`));
  await tab.goto(address);
  return { tab, faults };
}

export const rowOf = (address) => `.row:has(.place:text-is("${address}"))`;

// How many milliseconds after now the row with this address is in the list and one more incident is in the map's source.
export async function untilShown(tab, address, mapHad) {
  const from = performance.now();
  await tab.waitForFunction(
    ([text, had]) =>
      [...document.querySelectorAll(".row .place")].some((place) => place.textContent === text) &&
      Number(document.getElementById("map").dataset.incidents ?? 0) > had,
    [address, mapHad],
    { polling: 20, timeout: 15_000 },
  );
  return performance.now() - from;
}

export const onMap = (tab) => tab.evaluate(() => Number(document.getElementById("map").dataset.incidents ?? 0));

// Counts the pixels of an element's picture (or of one already taken) that are within a little of a colour: what is really drawn, not what should be.
export async function pixels(tab, selector, colours, taken) {
  const picture = taken ?? (await tab.locator(selector).screenshot()).toString("base64");
  return tab.evaluate(
    async ([data, wanted]) => {
      const image = new Image();
      image.src = `data:image/png;base64,${data}`;
      await image.decode();
      const canvas = new OffscreenCanvas(image.width, image.height);
      const context = canvas.getContext("2d");
      context.drawImage(image, 0, 0);
      const bytes = context.getImageData(0, 0, image.width, image.height).data;
      const counts = wanted.map(() => 0);
      for (let at = 0; at < bytes.length; at += 4) {
        wanted.forEach(([r, g, b], i) => {
          if (Math.abs(bytes[at] - r) + Math.abs(bytes[at + 1] - g) + Math.abs(bytes[at + 2] - b) < 12) counts[i] += 1;
        });
      }
      return counts;
    },
    [picture, colours],
  );
}
