/**
 * A search field whose words live in the address: the field leads, and follows when the address changes
 * by itself (back, a link). "/" goes to it.
 */
import { Search, X } from "lucide-react";
import { useDeferredValue, useEffect, useRef, useState } from "react";
import { useKeys } from "../shell/keys.ts";

const PAUSE_MS = 150;

export function SearchField(props: {
  /** "Search activities". */
  name: string;
  placeholder?: string;
  /** What the address says. */
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}) {
  const { value = "", onChange } = props;
  const [text, setText] = useState(value);
  const wanted = useDeferredValue(text.trim());
  const field = useRef<HTMLInputElement>(null);
  useKeys({ "/": () => field.current?.focus() });
  const asked = useRef(value);
  const latest = useRef(onChange);
  latest.current = onChange;
  useEffect(() => {
    if (wanted === asked.current) return;
    asked.current = wanted;
    const timer = setTimeout(() => latest.current(wanted || undefined), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [wanted]);
  useEffect(() => {
    if (value === asked.current) return;
    asked.current = value;
    setText(value);
  }, [value]);
  return (
    <label className="relative min-w-full flex-1 sm:min-w-60">
      <span className="sr-only">{props.name}</span>
      <Search
        size={16}
        className="absolute top-1/2 left-3 -translate-y-1/2 text-ink-3"
        aria-hidden
      />
      <input
        ref={field}
        type="search"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") event.currentTarget.blur();
        }}
        placeholder={props.placeholder ?? "Search"}
        className="target h-9 w-full rounded-box border border-border bg-surface pr-11 pl-9 text-s outline-offset-0 placeholder:text-ink-3 hover:border-border-strong [&::-webkit-search-cancel-button]:hidden"
      />
      {text ? (
        <button
          type="button"
          aria-label="Clear the search"
          onClick={() => setText("")}
          className="target absolute top-1/2 right-1 grid size-7 -translate-y-1/2 place-items-center rounded text-ink-3 hover:text-ink max-md:right-0"
        >
          <X size={15} aria-hidden />
        </button>
      ) : (
        <kbd className="key pointer-events-none absolute top-1/2 right-2 hidden -translate-y-1/2 md:grid">
          /
        </kbd>
      )}
    </label>
  );
}
