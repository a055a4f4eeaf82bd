/** The web app's build: one page, hashed assets, the map and the charts in chunks of their own. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

/** Words and programs are kept compressed beside the files, once, rather than for each answer. */
function compressed(): Plugin {
  return {
    name: "compressed",
    apply: "build",
    async writeBundle({ dir }, bundle) {
      const names = Object.keys(bundle).filter((name) => /\.(js|css|html|svg)$/.test(name));
      await Promise.all(
        names.map(async (name) => {
          const path = join(dir!, name);
          const bytes = await readFile(path);
          if (bytes.length < 1024) return;
          // Quality 9 of 11: the last two take twenty times as long for 5 % less.
          const params = { [constants.BROTLI_PARAM_QUALITY]: 9 };
          await writeFile(`${path}.br`, await promisify(brotliCompress)(bytes, { params }));
          await writeFile(`${path}.gz`, await promisify(gzip)(bytes, { level: 9 }));
        }),
      );
    },
  };
}

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), tailwindcss(), compressed()],
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
