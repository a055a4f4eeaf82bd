import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readKubicka, thin } from "./kubicka.ts";
import { readTar } from "./tar.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kubicka-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const FILES = {
  nodes: "0 0\n0.001 0\n\n0.002 0\n",
  arcs: "0\t1\n1\t0\n1\t2\r\n2\t1\n1\t2",
  route: "0\n4\n",
  track: "0.0001 0 1.0\n0.0005 0 2.5\n0.0006 0 2.5\nnonsense\n0.0019 0 153066.5",
};

function write(...path: string[]): void {
  const stem = join(folder, ...path);
  mkdirSync(join(stem, ".."), { recursive: true });
  for (const [ending, text] of Object.entries(FILES)) writeFileSync(`${stem}.${ending}`, text);
}

it("reads a track with blank lines, tabs, doubled arcs and no newline at the end", () => {
  write("some folder", "00000007");
  const [track] = [...readKubicka(folder)];
  expect(track!.id).toBe("some folder");
  expect(track!.network.edgeCount).toBe(1);
  expect([...track!.truth]).toEqual([0, 2]);
  expect([...track!.points.timeMs!]).toEqual([1000, 2500, 153_066_500]);
  // The repeated time and the line of words.
  expect(track!.badLines).toBe(2);
});

it("tells tracks in one folder apart by their names, and sorts them", () => {
  write("b");
  write("a");
  expect(Array.from(readKubicka(folder), (track) => track.id)).toEqual(["a", "b"]);
  expect(Array.from(readKubicka(folder, { only: ["b"] }), (track) => track.id)).toEqual(["b"]);
});

it("reads the same from a gzipped tar archive", () => {
  const header = (path: string, size: number): Buffer => {
    const block = Buffer.alloc(512);
    block.write(path, 0);
    block.write(size.toString(8).padStart(11, "0"), 124);
    block.write("0", 156);
    return block;
  };
  const blocks = Object.entries(FILES).flatMap(([ending, text]) => {
    const body = Buffer.alloc(Math.ceil(text.length / 512) * 512);
    body.write(text);
    return [header(`x/x.${ending}`, text.length), body];
  });
  const tar = Buffer.concat([...blocks, Buffer.alloc(1024)]);
  writeFileSync(join(folder, "tracks.tar.gz"), gzipSync(tar));
  expect(Array.from(readKubicka(folder), (track) => track.id)).toEqual(["x"]);
  expect(() => [...readTar(tar.subarray(0, 512 + 5))]).toThrow("ends inside");
});

it("says so when a folder holds no track, or an arc leads to no node", () => {
  expect(() => [...readKubicka(folder)]).toThrow("holds no track");
  write("t");
  writeFileSync(join(folder, "t.arcs"), "0 9\n");
  expect(() => [...readKubicka(folder)]).toThrow("arc 0 has an end that is no node");
});

it("thins to the interval and keeps both ends", () => {
  const timeMs = Float64Array.from({ length: 10 }, (_, i) => i * 1000);
  const thinned = thin({ lon: timeMs, lat: timeMs, timeMs }, 4);
  expect([...thinned.timeMs!]).toEqual([0, 4000, 8000, 9000]);
});
