// The registry of error codes and its page say the same, and no code is dead.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ERROR_CODES, WaymarkError } from "../src/base/error.ts";

const documented = [
  ...readFileSync("docs/reference/errors.md", "utf8").matchAll(/^## ([A-Z_]+)$/gm),
].map((match) => match[1]);

it("every code is explained once, and every explanation has a code", () => {
  expect([...documented].sort()).toEqual(Object.keys(ERROR_CODES).sort());
});

it("every code is thrown somewhere", () => {
  const text = readdirSync("src", { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.includes(".test.") && file !== "base/error.ts")
    .map((file) => readFileSync(join("src", file), "utf8"))
    .join("\n");
  const dead = Object.keys(ERROR_CODES).filter((code) => !text.includes(`"${code}"`));
  expect(dead).toEqual([]);
});

it("an error carries its code, its choices and its cause", () => {
  const cause = new Error("disk");
  const error = new WaymarkError("USAGE", "no such thing", { cause, choices: ["a", "b"] });
  expect(error.code).toBe("USAGE");
  expect(error.choices).toEqual(["a", "b"]);
  expect(error.cause).toBe(cause);
  expect(error.message).toBe("no such thing");
});
