import { describe, expect, it } from "vitest";
import { town } from "../../../test/town.ts";
import { NETWORK_ARRAYS } from "./network.ts";
import { decodeSnapshot, encodeSnapshot } from "./snapshot.ts";

const { network } = town(
  `
A---B---C
    |
    D
`,
  { ABC: { highway: "path", name: "Höhenweg" }, BD: {} },
);

const codeOf = (bytes: Uint8Array): string => {
  try {
    decodeSnapshot(bytes.slice().buffer);
    return "none";
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
};

describe("a network snapshot", () => {
  it("gives back every array", () => {
    expect(decodeSnapshot(encodeSnapshot(network).buffer)).toEqual(network);
  });

  it("lays views over a shared buffer and copies nothing", () => {
    const file = encodeSnapshot(network);
    const shared = new SharedArrayBuffer(file.length);
    new Uint8Array(shared).set(file);
    const decoded = decodeSnapshot(shared);
    for (const name of NETWORK_ARRAYS) {
      expect(decoded[name].buffer, name).toBe(shared);
      expect(Array.from(decoded[name]), name).toEqual(Array.from(network[name]));
    }
    expect(decodeSnapshot(shared, { isVerified: true })).toEqual(decoded);
  });

  it("notices every single flipped bit", () => {
    const file = encodeSnapshot(network);
    for (let i = 0; i < file.length; i++) {
      for (const bit of [0, 3, 7]) {
        file[i]! ^= 1 << bit;
        expect(codeOf(file), `byte ${i} bit ${bit}`).toBe(
          i < 8 ? "SNAPSHOT_FOREIGN" : "SNAPSHOT_DAMAGED",
        );
        file[i]! ^= 1 << bit;
      }
    }
    expect(codeOf(file)).toBe("none");
  });

  it("notices every truncation and every tail", () => {
    const file = encodeSnapshot(network);
    for (let length = 0; length < file.length; length++) {
      expect(codeOf(file.subarray(0, length)), `${length} bytes`).toBe(
        length < 8 ? "SNAPSHOT_FOREIGN" : "SNAPSHOT_DAMAGED",
      );
    }
    const longer = new Uint8Array(file.length + 8);
    longer.set(file);
    expect(codeOf(longer)).toBe("SNAPSHOT_DAMAGED");
  });

  it("calls another file, and a whole file of a future format, foreign", () => {
    expect(codeOf(new TextEncoder().encode("PK\x03\x04 something else entirely"))).toBe(
      "SNAPSHOT_FOREIGN",
    );
    const future = encodeSnapshot(network, 2);
    expect(() => decodeSnapshot(future.buffer)).toThrow("format 2, this Waymark reads 1");
    expect(codeOf(future)).toBe("SNAPSHOT_FOREIGN");
  });
});
