/**
 * The commands of `waymark`, put together. A command line that is not one of theirs is a USAGE error
 * with the choices, whichever command it was meant for.
 */
import { readFileSync } from "node:fs";
import { Command, type CommanderError } from "commander";
import { WaymarkError } from "../base/index.ts";
import { activityCommand } from "./command/activity.ts";
import { backupCommand } from "./command/backup.ts";
import { importCommand } from "./command/import.ts";
import { lakeCommand } from "./command/lake.ts";
import { mapCommand } from "./command/map.ts";
import { matchCommand } from "./command/match.ts";
import { restoreCommand } from "./command/restore.ts";
import { simulateCommand } from "./command/simulate.ts";
import { startCommand } from "./command/start.ts";
import { tokenCommand } from "./command/token.ts";
import { trainCommand } from "./command/train.ts";
import { userCommand } from "./command/user.ts";
import { webhookCommand } from "./command/webhook.ts";
import { writeKeyCommand } from "./command/write-key.ts";
import type { Settings } from "./settings.ts";
import type { Terminal } from "./terminal.ts";

export function createProgram(settings: Settings, terminal: Terminal): Command {
  const program = new Command("waymark")
    .description("recordings become matched lines on a map")
    .version(packageVersion(), "--version", "print the version")
    .addCommand(startCommand(settings, terminal))
    .addCommand(mapCommand(settings, terminal))
    .addCommand(importCommand(settings, terminal))
    .addCommand(matchCommand(settings, terminal))
    .addCommand(activityCommand(settings, terminal))
    .addCommand(userCommand(settings, terminal))
    .addCommand(tokenCommand(settings, terminal))
    .addCommand(trainCommand(settings, terminal))
    .addCommand(simulateCommand(settings, terminal))
    .addCommand(lakeCommand(settings, terminal))
    .addCommand(writeKeyCommand(settings, terminal))
    .addCommand(webhookCommand(settings, terminal))
    .addCommand(backupCommand(settings, terminal))
    .addCommand(restoreCommand(settings, terminal));
  adapt(program);
  return program;
}

/** Every command of the tree reports in our words, and nothing ends the process behind our back. */
function adapt(command: Command): void {
  command
    .helpCommand(false)
    .helpOption("-h, --help", "print this help")
    .showSuggestionAfterError(false)
    .configureOutput({ outputError: () => {} })
    .exitOverride((error) => {
      throw toUsage(error, command);
    });
  for (const inner of command.commands) adapt(inner);
}

const HELP_CODES = ["commander.helpDisplayed", "commander.version"];

function toUsage(error: CommanderError, command: Command): Error {
  if (HELP_CODES.includes(error.code)) return error;
  const path = pathOf(command);
  const commands = command.commands.map((inner) => inner.name());
  const flags = command.options.map((option) => option.long ?? option.flags);
  const given = /'([^']*)'/.exec(error.message)?.[1] ?? "";
  const choose = (what: string, choices: readonly string[]): WaymarkError =>
    new WaymarkError("USAGE", `${what}; choose one of ${choices.join(", ")}`, { choices });
  switch (error.code) {
    case "commander.help":
      return choose(`${path} needs a command`, commands);
    case "commander.unknownCommand":
      return choose(`command '${given}' of ${path} is unknown`, commands);
    case "commander.unknownOption":
      return choose(`flag '${given}' of ${path} is unknown`, flags);
    default: {
      // Missing or too many arguments, a flag without its value.
      const sentence = error.message.replace(/^error: /, "").replace(/\.$/, "");
      return new WaymarkError("USAGE", `${path}: ${sentence}; '${path} --help' shows how`);
    }
  }
}

function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}

function packageVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
