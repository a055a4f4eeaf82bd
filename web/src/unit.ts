/**
 * Numbers with their units, metric or imperial, as short as reads well: {value, unit} so that the
 * unit can be set in small type. Unknown (null, NaN) is a dash.
 */

export type UnitSystem = "metric" | "imperial";

export interface Quantity {
  readonly value: string;
  readonly unit: string;
}

const METRES_PER_MILE = 1609.344;
const FEET_PER_METRE = 3.280839895;
export const DASH = "–";

type Maybe = number | null | undefined;
const isKnown = (x: Maybe): x is number => typeof x === "number" && Number.isFinite(x);
const unknown = (unit: string): Quantity => ({ value: DASH, unit });

/** Metres of one long unit: a kilometre or a mile. */
export function longUnitM(system: UnitSystem): number {
  return system === "metric" ? 1000 : METRES_PER_MILE;
}

export function distance(metres: Maybe, system: UnitSystem): Quantity {
  const unit = system === "metric" ? "km" : "mi";
  if (!isKnown(metres)) return unknown(unit);
  const long = metres / longUnitM(system);
  if (long < 1 && system === "metric") return { value: grouped(Math.round(metres)), unit: "m" };
  return { value: long < 100 ? long.toFixed(long < 10 ? 2 : 1) : grouped(Math.round(long)), unit };
}

/** Climb, height: metres or feet, whole. */
export function height(metres: Maybe, system: UnitSystem): Quantity {
  const unit = system === "metric" ? "m" : "ft";
  if (!isKnown(metres)) return unknown(unit);
  return {
    value: grouped(Math.round(system === "metric" ? metres : metres * FEET_PER_METRE)),
    unit,
  };
}

/** 62 → "1:02", 3731 → "1:02:11". */
export function duration(seconds: Maybe): string {
  if (!isKnown(seconds)) return DASH;
  const total = Math.max(0, Math.round(seconds));
  const h = Math.floor(total / 3600);
  const m = Math.floor((total % 3600) / 60);
  const s = String(total % 60).padStart(2, "0");
  return h > 0 ? `${h}:${String(m).padStart(2, "0")}:${s}` : `${m}:${s}`;
}

/** Sums of many activities: "15 h 20 min". */
export function longDuration(seconds: Maybe): string {
  if (!isKnown(seconds)) return DASH;
  const minutes = Math.round(seconds / 60);
  const h = Math.floor(minutes / 60);
  return h === 0 ? `${minutes} min` : `${grouped(h)} h ${String(minutes % 60).padStart(2, "0")}`;
}

/** Seconds a metre → "5:01 /km". Slower than an hour a kilometre is standing still: a dash. */
export function pace(secondsPerMetre: Maybe, system: UnitSystem): Quantity {
  const unit = system === "metric" ? "/km" : "/mi";
  if (!isKnown(secondsPerMetre) || secondsPerMetre <= 0 || secondsPerMetre > 3.6)
    return unknown(unit);
  return { value: duration(secondsPerMetre * longUnitM(system)), unit };
}

export function speed(metresPerSecond: Maybe, system: UnitSystem): Quantity {
  const unit = system === "metric" ? "km/h" : "mph";
  if (!isKnown(metresPerSecond)) return unknown(unit);
  return { value: ((metresPerSecond * 3600) / longUnitM(system)).toFixed(1), unit };
}

export function percent(share: Maybe, digits = 0): Quantity {
  if (!isKnown(share)) return unknown("%");
  return { value: (share * 100).toFixed(digits).replace("-", "−"), unit: "%" };
}

export function whole(value: Maybe, unit: string): Quantity {
  return isKnown(value) ? { value: grouped(Math.round(value)), unit } : unknown(unit);
}

/** A file's size: "812 kB", "3.4 MB". */
export function bytes(count: number): string {
  if (count < 1000) return `${count} B`;
  if (count < 999_500) return `${Math.round(count / 1000)} kB`;
  const mega = count / 1e6;
  return `${mega < 10 ? mega.toFixed(1) : grouped(Math.round(mega))} MB`;
}

/** Thousands apart by a narrow space that does not break. */
export function grouped(value: number): string {
  return String(value)
    .replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f")
    .replace("-", "−");
}

/** The quantity as one string, for labels that are read aloud. */
export function said({ value, unit }: Quantity): string {
  return value === DASH ? "unknown" : `${value} ${unit}`;
}
