/** Activities, files and measures in words and figures for people; the JSON forms are elsewhere. */
import pc from "picocolors";
import type { ActivityDetail, ActivitySummary } from "../schema/activity.ts";
import type { ImportedFile } from "../schema/import.ts";

const STATUS = { ok: pc.green("ok"), repaired: pc.yellow("repaired"), refused: pc.red("refused") };

/** File names and titles come from strangers: nothing in them may command the terminal. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out.
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, "\ufffd");
}

/** One line: `repaired a.fit: run 10.24 km 51:02 (parked-jitter 12)`. */
export function formatFile(file: ImportedFile): string {
  const name = printable(file.file);
  if (file.error) {
    return `${STATUS.refused} ${name}: ${printable(file.error.message)} (${file.error.code})`;
  }
  const activities = file.activities.map((activity) => {
    const copy = activity.duplicateOf === undefined ? "" : `, the same as ${activity.duplicateOf}`;
    return `${activity.sport} ${formatKm(activity.distanceM)} ${formatTime(activity.elapsedS)}${copy}`;
  });
  const repairs = file.repairs.map(({ code, count }) => `${code} ${count.toLocaleString("en-US")}`);
  return [
    `${STATUS[file.status]} ${name}: ${activities.join("; ") || "no activity"}`,
    repairs.length > 0 ? pc.dim(` (${repairs.join(", ")})`) : "",
    file.isKnown ? pc.dim(" (known)") : "",
  ].join("");
}

export function formatSummary(activity: ActivitySummary): string {
  return [
    activity.id.padEnd(15),
    new Date(activity.startMs).toISOString().slice(0, 16).replace("T", " "),
    activity.sport.padEnd(15),
    formatKm(activity.distanceM).padStart(10),
    formatTime(activity.movingS).padStart(9),
    printable(activity.title),
  ].join("  ");
}

/** Several lines; unknown measures are left out. */
export function formatDetail(activity: ActivityDetail): string {
  const rows: [string, string | undefined][] = [
    ["sport", activity.sport + (activity.isVirtual ? ", virtual" : "")],
    ["start", new Date(activity.startMs).toISOString()],
    ["athlete", activity.athlete],
    ["file", `${activity.file} (${activity.format})`],
    ["device", activity.device || undefined],
    ["distance", formatKm(activity.distanceM)],
    ["moving", formatTime(activity.movingS)],
    ["elapsed", formatTime(activity.elapsedS)],
    ["gain, loss", pair(activity.gainM, activity.lossM, "m")],
    ["heart rate", pair(activity.averageHeartRateBpm, activity.maxHeartRateBpm, "bpm", "max")],
    ["power", pair(activity.averagePowerW, activity.normalisedPowerW, "W", "normalised")],
    ["points", activity.points.toLocaleString("en-US")],
    ...activity.bestEfforts.map(({ name, elapsedS }): [string, string] => [
      `best ${name}`,
      formatTime(elapsedS),
    ]),
    ["matched", activity.match ? formatMatch(activity) : undefined],
    ...activity.repairs.map(({ code, message }): [string, string] => [code, message]),
  ];
  const lines = rows
    .filter((row): row is [string, string] => row[1] !== undefined)
    .map(([name, value]) => `  ${name.padEnd(18)} ${printable(value)}`);
  return [pc.bold(`${printable(activity.title)}  ${pc.dim(activity.id)}`), ...lines].join("\n");
}

function formatMatch({ matchedM, offNetworkM, match }: ActivityDetail): string {
  const pieces = match?.pieces.length ?? 0;
  return `${formatKm(matchedM)} on paths, ${formatKm(offNetworkM)} off them, ${pieces} pieces (${match?.profile})`;
}

function pair(a: number | null, b: number | null, unit: string, word = ""): string | undefined {
  if (a === null && b === null) return undefined;
  const say = (x: number | null): string => (x === null ? "–" : Math.round(x).toString());
  return `${say(a)}, ${word ? `${word} ` : ""}${say(b)} ${unit}`;
}

export function formatKm(metres: number | null): string {
  return metres === null ? "? km" : `${(metres / 1000).toFixed(2)} km`;
}

/** h:mm:ss, or m:ss below an hour. */
export function formatTime(seconds: number | null): string {
  if (seconds === null) return "?";
  const s = Math.round(seconds);
  const two = (n: number): string => String(n).padStart(2, "0");
  const h = Math.floor(s / 3600);
  const m = Math.floor((s % 3600) / 60);
  return h > 0 ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}

export function formatMegabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
