import { expect, it } from "vitest";
import { createLog } from "./log.ts";

it("writes one line a message, with its level and its fields", () => {
  const lines: string[] = [];
  const log = createLog((line) => lines.push(line));
  log.info("listening", { port: 8765, host: undefined });
  log.warn("file is damaged", { file: "a b.fit", count: 2 });
  log.debug("not heard");
  expect(lines).toEqual(["listening port=8765", 'warn: file is damaged file="a b.fit" count=2']);
});

it("keeps a value with a line break on its line", () => {
  const lines: string[] = [];
  createLog((line) => lines.push(line), "debug").debug("read", { title: 'two\nlines "x"' });
  expect(lines).toEqual(['debug: read title="two\\nlines \\"x\\""']);
});
