// A disk without room: what does not fit is refused with a reason, what was acknowledged stays, and
// with room again everything goes on.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openStore } from "../../src/store/open-store.ts";
import { makeDataFolder } from "../memory-store.ts";

const CHILD = join(import.meta.dirname, "full-disk-child.ts");
/** KiB that a file may have, and what then fails. */
const LIMITS = [
  // The log fits (its files have 16 MiB), a table does not grow beyond.
  { what: "a table", kib: 16 << 10 },
  // PostgreSQL's own log cannot be written, which it does not survive: it is begun anew.
  { what: "the log", kib: 4 << 10 },
];

it.each(LIMITS)(
  "where $what does not fit: refused, nothing lost, and well again with room",
  async ({ kib }) => {
    const folder = mkdtempSync(join(tmpdir(), "waymark-full-"));
    try {
      await makeDataFolder(folder);
      const before = await openStore({ dataFolder: folder });
      await before.settings.set("before", 1, 0);
      await before.close();

      const script = `trap '' XFSZ; ulimit -f ${kib}; exec "$0" "$@"`;
      const child = spawnSync("bash", ["-c", script, process.execPath, CHILD, folder], {
        encoding: "utf8",
        timeout: 60_000,
      });
      expect(child.stderr).toBe("");
      const fates = JSON.parse(child.stdout) as Record<string, string>;
      expect(fates.large).toBe("STORE_FULL");
      expect(fates.rows).toMatch(/^STORE_(FULL|UNAVAILABLE)$/);
      if (kib > 8 << 10) expect(fates).toMatchObject({ small: "done", asked: "done" });
      else expect(fates.small).toMatch(/^STORE_(FULL|UNAVAILABLE)$/);

      const store = await openStore({ dataFolder: folder });
      expect(await store.settings.get("before")).toBe(1);
      const uploads = await store.uploads.unfinished();
      expect(uploads).toHaveLength(fates.small === "done" ? 1 : 0);
      const small = createHash("sha256").update("small").digest("hex");
      if (fates.small === "done") expect(await store.blobs.has(small)).toBe(true);
      expect(readdirSync(join(folder, "blob", "aside"))).toEqual([]);
      await store.settings.set("after", 2, 0);
      expect(await store.settings.get("after")).toBe(2);
      await store.close();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  120_000,
);
