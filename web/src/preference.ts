/**
 * What a person prefers on this machine: units and theme. Kept in local storage, shared by all
 * components, and followed across tabs. Storage may be forbidden; then it lasts until reload.
 */
import { useSyncExternalStore } from "react";
import type { UnitSystem } from "./unit.ts";

export type Theme = "system" | "light" | "dark";

const listeners = new Set<() => void>();
const memory = new Map<string, string>();

function read(key: string): string | undefined {
  try {
    return localStorage.getItem(key) ?? memory.get(key);
  } catch {
    return memory.get(key);
  }
}

function write(key: string, value: string): void {
  memory.set(key, value);
  try {
    localStorage.setItem(key, value);
  } catch {
    // Kept in memory.
  }
  applyTheme();
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  const onStorage = (): void => {
    applyTheme();
    listener();
  };
  const media = matchMedia("(prefers-color-scheme: dark)");
  window.addEventListener("storage", onStorage);
  media.addEventListener("change", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("storage", onStorage);
    media.removeEventListener("change", listener);
  };
}

const THEME = "waymark.theme";
const UNITS = "waymark.units";

function theme(): Theme {
  const kept = read(THEME);
  return kept === "light" || kept === "dark" ? kept : "system";
}

function units(): UnitSystem {
  const kept = read(UNITS);
  if (kept === "metric" || kept === "imperial") return kept;
  return /^en-(US|LR)|^my/.test(navigator.language) ? "imperial" : "metric";
}

function isDark(): boolean {
  const chosen = theme();
  if (chosen !== "system") return chosen === "dark";
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

function applyTheme(): void {
  const chosen = theme();
  if (chosen === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
}

export function useTheme(): { theme: Theme; isDark: boolean; setTheme: (theme: Theme) => void } {
  const chosen = useSyncExternalStore(subscribe, theme);
  const dark = useSyncExternalStore(subscribe, isDark);
  return { theme: chosen, isDark: dark, setTheme: (next) => write(THEME, next) };
}

function setUnits(next: UnitSystem): void {
  if (next !== units()) write(UNITS, next);
}

/** What the page shows; an account's own units are put here by the shell. */
export function useUnits(): { units: UnitSystem; setUnits: (units: UnitSystem) => void } {
  const system = useSyncExternalStore(subscribe, units);
  return { units: system, setUnits };
}
