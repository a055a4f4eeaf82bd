/** A model's card in Markdown (Mitchell et al., "Model cards for model reporting", FAT* 2019). */
import type { CardText, ModelRecord, OutcomeRecord } from "../../../schema/model.ts";
import { dateOf, figure, interval, percent } from "./text.ts";

/** @param record as registered @param version null before it is */
export function cardMarkdown(record: ModelRecord, text: CardText, version: number | null): string {
  const { data, windows } = record;
  const name = version === null ? record.model : `${record.model} v${version}`;
  return [
    `# ${text.title} (${name})`,
    text.use,
    `**Foretells.** ${text.foretells}`,
    "## Data",
    `${data.rows} moments of ${data.groups} members from ${dateOf(data.fromMs)} to ${dateOf(data.toMs)}, ` +
      `${data.features.length} features (set \`${data.featureSet}\`). ` +
      `Fingerprint \`${data.schema}/${data.content}\`, code \`${record.code}\`, seed ${record.seed}.`,
    table(
      ["window", "from", "until", "rows", "members"],
      windows.map(({ name, fromMs, untilMs, rows, groups }) => [
        name,
        dateOf(fromMs),
        dateOf(untilMs),
        String(rows),
        String(groups),
      ]),
    ),
    "## Gates",
    record.gates.length === 0
      ? "Not judged yet."
      : table(
          ["gate", "verdict", ""],
          record.gates.map(({ name, verdict, message }) => [name, verdict, message]),
        ),
    ...record.outcomes.flatMap(outcomeParts),
    "## Slices",
    record.slices.length === 0
      ? "No slice has enough members."
      : table(
          ["outcome", "slice", "rows", "predicted", "observed", "AUC"],
          record.slices.map((slice) => [
            slice.outcome,
            `${slice.by}: ${slice.value}`,
            String(slice.rows),
            percent(slice.predicted),
            `${percent(slice.observed.value)} (${percent(slice.observed.lower)}–${percent(slice.observed.upper)})`,
            interval(slice.auc),
          ]),
        ),
    "## What it goes by",
    table(
      ["feature", "log loss lost when shuffled"],
      record.importance.slice(0, 15).map(({ feature, value }) => [feature, figure(value, 5)]),
    ),
    "## Alarms",
    record.alarms.length === 0
      ? "None."
      : record.alarms
          .map(({ kind, feature, message }) => `- **${feature}** (${kind}): ${message}`)
          .join("\n"),
    "## Setting",
    `${Object.entries(record.parameters)
      .map(([key, value]) => `${key} ${value}`)
      .join(
        ", ",
      )}; the best of ${record.search.length} tried. Chances put right by ${record.calibration
      .map(({ of, method }) => `${method} (${of})`)
      .join(", ")}.`,
    "## Limits",
    text.limits.map((limit) => `- ${limit}`).join("\n"),
    "",
  ].join("\n\n");
}

function outcomeParts(outcome: OutcomeRecord): string[] {
  const { label, rows, events, rate, scores, gains } = outcome;
  return [
    `## ${label[0]!.toUpperCase()}${label.slice(1)}`,
    `${events} of ${rows} rows; ${percent(rate.value)} (${percent(rate.lower)}–${percent(rate.upper)}).`,
    table(
      ["predictor", "AUC", "Brier", "log loss", "slope", "ECE", "by chance"],
      scores.map((score) => [
        score.predictor,
        interval(score.auc),
        interval(score.brier, 4),
        interval(score.logLoss, 4),
        interval(score.slope, 2),
        figure(score.ece, 4),
        figure(score.eceChance, 4),
      ]),
    ),
    gains.map(({ over, brier }) => `Brier score below ${over} by ${interval(brier, 5)}.`).join(" "),
  ];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
