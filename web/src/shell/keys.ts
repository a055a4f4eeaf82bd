/**
 * Single keys as commands of the page that is mounted: `{j: next}`; names are lower case, "mod+k" is ⌘K or Ctrl K. Keys
 * typed into a field stay there, and nothing fires while a dialog is open.
 */
import { useEffect, useRef } from "react";

export type KeyMap = Readonly<Record<string, (event: KeyboardEvent) => void>>;

export function useKeys(keys: KeyMap): void {
  const current = useRef(keys);
  current.current = keys;
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.altKey) return;
      const isMod = event.ctrlKey || event.metaKey;
      const key = event.key.toLowerCase();
      const name = isMod ? `mod+${key}` : key;
      const command = Object.hasOwn(current.current, name) ? current.current[name] : undefined;
      if (!command) return;
      const target = event.target instanceof Element ? event.target : undefined;
      if (!isMod && target?.closest("input, textarea, select, [contenteditable]")) return;
      if (document.querySelector("[role=dialog]")) return;
      event.preventDefault();
      command(event);
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
}
