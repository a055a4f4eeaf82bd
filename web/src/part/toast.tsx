/**
 * A line that comes up and goes by itself: what was done, and perhaps a way back. One at a time; a
 * screen reader hears it politely, and it stays while the pointer or the focus is on it.
 */
import { X } from "lucide-react";
import { useEffect, useState, useSyncExternalStore } from "react";

export interface Toast {
  readonly text: string;
  readonly isFault?: boolean;
  readonly action?: { readonly name: string; readonly run: () => void };
  /** Called once when it goes without its action having been taken. */
  readonly onGone?: () => void;
}

const SHOWN_MS = 7000;

let shown: Toast | undefined;
const listeners = new Set<() => void>();

function set(next: Toast | undefined): void {
  shown = next;
  for (const listener of listeners) listener();
}

export function tell(toast: Toast): void {
  shown?.onGone?.();
  set(toast);
}

function close(toast: Toast): void {
  if (shown !== toast) return;
  set(undefined);
  toast.onGone?.();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function Toasts() {
  const toast = useSyncExternalStore(subscribe, () => shown);
  const [isHeld, setHeld] = useState(false);
  useEffect(() => {
    if (!toast || isHeld) return;
    const timer = setTimeout(() => close(toast), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [toast, isHeld]);
  useEffect(() => {
    const leave = (): void => {
      if (shown) close(shown);
    };
    window.addEventListener("pagehide", leave);
    return () => window.removeEventListener("pagehide", leave);
  }, []);
  return (
    <div
      aria-live="polite"
      className="pointer-events-none fixed inset-x-0 bottom-20 z-60 grid justify-items-center px-4 md:bottom-6"
    >
      {toast && (
        // biome-ignore lint/a11y/noStaticElementInteractions: it stays while somebody reads it
        <div
          onPointerEnter={() => setHeld(true)}
          onPointerLeave={() => setHeld(false)}
          onFocus={() => setHeld(true)}
          onBlur={() => setHeld(false)}
          className="pointer-events-auto flex max-w-full items-center gap-1 rounded-box bg-ink py-1.5 pr-1.5 pl-4 text-canvas text-s shadow-xl"
        >
          <span className="min-w-0 py-1.5">{toast.text}</span>
          {toast.action && (
            <button
              type="button"
              className="target ml-2 rounded px-3 py-1.5 font-[620] underline underline-offset-3 outline-offset-0 focus-visible:outline-canvas"
              onClick={() => {
                const { action } = toast;
                set(undefined);
                action?.run();
              }}
            >
              {toast.action.name}
            </button>
          )}
          <button
            type="button"
            aria-label="Close this note"
            className="target grid size-8 place-items-center rounded opacity-75 hover:opacity-100 focus-visible:outline-canvas"
            onClick={() => close(toast)}
          >
            <X size={15} aria-hidden />
          </button>
        </div>
      )}
    </div>
  );
}
