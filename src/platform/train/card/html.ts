/**
 * A model's card as one page that needs nothing else: the Markdown's sentences and tables with the
 * pictures between them. No script; every text of the data is escaped.
 */
import type { CardText, ModelRecord } from "../../../schema/model.ts";
import { cardMarkdown } from "./markdown.ts";
import { escapeHtml, importancePlot, liftPlot, reliabilityPlot, slicePlot } from "./plot.ts";

const STYLE = `
body{font:14px/1.5 system-ui,sans-serif;max-width:960px;margin:2rem auto;padding:0 1rem;color:#1c2024}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:.25rem .75rem .25rem 0;border-bottom:1px solid #d8dde2}
svg{font:11px system-ui,sans-serif;margin:.5rem 1.5rem .5rem 0;vertical-align:top}svg text{fill:currentColor}
.axis,.ref{stroke:currentColor;fill:none;stroke-opacity:.35}.ref{stroke-dasharray:4 4}
.line{stroke:#2456c7;fill:none;stroke-width:2}.bar{stroke:#2456c7;stroke-opacity:.45;stroke-width:2}
.dot,.fill{fill:#2456c7}
@media(prefers-color-scheme:dark){body{background:#14171a;color:#e4e7ea}th,td{border-color:#343a40}
.line,.bar{stroke:#8cb0ff}.dot,.fill{fill:#8cb0ff}}`;

export function cardHtml(record: ModelRecord, text: CardText, version: number | null): string {
  const pictures = new Map<string, string>([
    ["What it goes by", importancePlot(record.importance)],
    ...record.outcomes.map((outcome): [string, string] => [
      `${outcome.label[0]!.toUpperCase()}${outcome.label.slice(1)}`,
      `${reliabilityPlot(outcome)}${liftPlot(outcome)}`,
    ]),
    ["Slices", record.outcomes.map(({ name }) => slicePlot(record, name)).join("")],
  ]);
  const body = cardMarkdown(record, text, version)
    .split("\n\n")
    .map((block) => blockHtml(block, pictures))
    .join("\n");
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(text.title)}</title><style>${STYLE}</style><body>\n${body}\n</body></html>\n`;
}

function blockHtml(block: string, pictures: ReadonlyMap<string, string>): string {
  const heading = /^(#{1,2}) (.*)$/.exec(block);
  if (heading) {
    const level = heading[1]!.length;
    const title = heading[2]!;
    return `<h${level}>${inline(title)}</h${level}>${pictures.get(title) ?? ""}`;
  }
  const lines = block.split("\n");
  if (lines[0]?.startsWith("| ")) return tableHtml(lines);
  if (lines[0]?.startsWith("- ")) {
    return `<ul>${lines.map((line) => `<li>${inline(line.slice(2))}</li>`).join("")}</ul>`;
  }
  return block.trim() === "" ? "" : `<p>${inline(block)}</p>`;
}

function tableHtml(lines: readonly string[]): string {
  const cells = (line: string): string[] =>
    line
      .slice(2, -2)
      .split(/(?<!\\)\s\|\s/)
      .map((cell) => inline(cell.replaceAll("\\|", "|")));
  const head = `<tr>${cells(lines[0]!)
    .map((cell) => `<th>${cell}</th>`)
    .join("")}</tr>`;
  const rows = lines.slice(2).map(
    (line) =>
      `<tr>${cells(line)
        .map((cell) => `<td>${cell}</td>`)
        .join("")}</tr>`,
  );
  return `<table>${head}${rows.join("")}</table>`;
}

/** Bold and code of our own Markdown; everything else is text. */
function inline(text: string): string {
  return escapeHtml(text)
    .replaceAll(/\*\*(.+?)\*\*/g, "<b>$1</b>")
    .replaceAll(/`(.+?)`/g, "<code>$1</code>");
}
