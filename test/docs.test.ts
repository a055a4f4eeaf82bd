// The command line's page and its help say the same: a command, flag, exit code or variable that one
// of them lacks fails here.
import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { expect, it } from "vitest";
import { createProgram } from "../src/cli/program.ts";
import { readSettings, SETTING_VARIABLES } from "../src/cli/settings.ts";
import { createTerminal, EXIT_CODES } from "../src/cli/terminal.ts";

const page = readFileSync("docs/reference/cli.md", "utf8");
const sections = new Map(
  page
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const end = section.indexOf("\n");
      return [section.slice(0, end).trim(), section.slice(end + 1)] as const;
    }),
);
const program = createProgram(readSettings({}), createTerminal({ isDebug: false }));

/** Commands that do something, with their usage as the page titles it. */
function leaves(command: Command, path: string): [string, Command][] {
  if (command.commands.length > 0) {
    return command.commands.flatMap((inner) => leaves(inner, `${path} ${inner.name()}`));
  }
  const args = command.registeredArguments.map((argument) => {
    const name = argument.variadic ? `${argument.name()}...` : argument.name();
    return argument.required ? ` <${name}>` : ` [${name}]`;
  });
  return [[`\`${path}${args.join("")}\``, command]];
}

/** Rows of the first table in a text: first cell without its back quotes → second cell. */
function table(text: string): Record<string, string> {
  const rows = [...text.matchAll(/^\| *`?([^|`]+?)`? *\| (.*) \|$/gm)];
  return Object.fromEntries(
    rows.map((row) => [row[1]!, row[2]!]).filter(([key]) => !/^(flag|code|variable)$/.test(key!)),
  );
}

it("every command has its section and every section its command", () => {
  const titles = [...sections.keys()].filter((title) => title.startsWith("`"));
  expect(titles.sort()).toEqual(
    leaves(program, "waymark")
      .map(([title]) => title)
      .sort(),
  );
});

it.each(leaves(program, "waymark"))(
  "%s is described as its help describes it",
  (title, command) => {
    const section = sections.get(title) ?? "";
    expect(section.split("\n")[0]).toBe(command.description());
    const flags = command.options.map((option) => [option.flags, option.description]);
    expect(table(section)).toEqual(Object.fromEntries(flags));
  },
);

it("the exit codes are those of the program", () => {
  const codes = Object.keys(table(sections.get("Exit codes") ?? "")).map(Number);
  expect(codes.sort((a, b) => a - b)).toEqual(Object.values(EXIT_CODES).sort((a, b) => a - b));
});

it("the variables are those that settings read", () => {
  expect(table(sections.get("Environment") ?? "")).toEqual(SETTING_VARIABLES);
});
