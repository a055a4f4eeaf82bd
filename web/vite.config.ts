/** The web app's build: one page, hashed assets, the map and the charts in chunks of their own. */
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), tailwindcss()],
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2023",
    // Fonts stay files: the content policy lets the page load its own, and they are cached.
    assetsInlineLimit: 0,
    // MapLibre alone is larger than the limit at which Vite warns; it loads with the first map.
    chunkSizeWarningLimit: 1200,
  },
  server: {
    // `vite web` for work on the page; the API comes from a running `waymark start`.
    proxy: { "/api": "http://127.0.0.1:9696", "/tiles": "http://127.0.0.1:9696" },
  },
});
