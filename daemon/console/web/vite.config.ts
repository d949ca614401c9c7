import { defineConfig, type Plugin } from "vite";

// The page may load nothing but itself, whatever the server's headers say. Left out while developing: Vite's own client is inline.
const kPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

function contentPolicy(): Plugin {
  return {
    name: "content-policy",
    apply: "build",
    transformIndexHtml: () => [{ tag: "meta", attrs: { "http-equiv": "Content-Security-Policy", content: kPolicy }, injectTo: "head-prepend" }],
  };
}

export default defineConfig({
  base: "./",
  plugins: [contentPolicy()],
  worker: { format: "es" },
  // The licences of what is built in go along with it.
  build: { license: { fileName: "licences.md" }, target: "es2022", chunkSizeWarningLimit: 1600, assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: { proxy: { "/api": "http://127.0.0.1:8080" } },
});
