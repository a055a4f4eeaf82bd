/** What long lists share: keys that walk over the rows, and the next page when its place comes near. */
import { type RefObject, useEffect, useRef } from "react";
import { useKeys } from "../shell/keys.ts";

/** j, k and the arrows walk over whatever is marked `data-row`. */
export function useListKeys(list: RefObject<HTMLElement | null>): void {
  const step = (by: number): void => {
    const rows = [...(list.current?.querySelectorAll<HTMLElement>("[data-row]") ?? [])];
    const at = rows.indexOf(document.activeElement as HTMLElement);
    const next = rows[at < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, at + by))];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  };
  useKeys({
    j: () => step(1),
    k: () => step(-1),
    arrowdown: () => step(1),
    arrowup: () => step(-1),
  });
}

/** Asks for the next page when its place comes near the screen. */
export function More({ onSeen, isBusy }: { onSeen: () => void; isBusy: boolean }) {
  const place = useRef<HTMLDivElement>(null);
  const seen = useRef(onSeen);
  seen.current = onSeen;
  useEffect(() => {
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) seen.current();
      },
      { rootMargin: "800px" },
    );
    if (place.current) observer.observe(place.current);
    return () => observer.disconnect();
  }, []);
  return (
    <div ref={place} className="py-6 text-center">
      <button type="button" className="button" onClick={onSeen} disabled={isBusy}>
        {isBusy ? "Loading more…" : "Show more"}
      </button>
    </div>
  );
}
