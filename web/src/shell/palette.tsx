/** ⌘K: type a few words, go to an activity or a page. Arrows choose, Enter goes. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Search, Settings, Users } from "lucide-react";
import { type ReactNode, useDeferredValue, useEffect, useState } from "react";
import type { RoleName } from "../../../src/schema/account.ts";
import { listQuery } from "../api.ts";
import { useUnits } from "../preference.ts";
import { SportSign } from "../sport.tsx";
import { distance } from "../unit.ts";
import { when } from "../when.ts";
import { Dialog } from "./dialog.tsx";
import { ATHLETE_PLACES, CONSOLE_PLACES, seesConsole } from "./places.ts";

interface Choice {
  readonly key: string;
  readonly sign: ReactNode;
  readonly name: string;
  readonly note: string;
  readonly go: () => void;
}

const SHOWN = 8;

export function Palette(props: {
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  role: RoleName;
}) {
  const { isOpen, onOpenChange, role } = props;
  return (
    <Dialog isOpen={isOpen} onOpenChange={onOpenChange} title="Search" isTitleHidden>
      <PaletteBody close={() => onOpenChange(false)} role={role} />
    </Dialog>
  );
}

function PaletteBody({ close, role }: { close: () => void; role: RoleName }) {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const q = useDeferredValue(text.trim());
  const { units } = useUnits();
  const navigate = useNavigate();
  const { data, isPlaceholderData, isPending, isError } = useInfiniteQuery(
    listQuery({ q: q || undefined }),
  );
  /** What is shown was found for these very words. */
  const isFound = q === text.trim() && !isPlaceholderData && (!isPending || isError);
  /** Enter came before what it was meant for. */
  const [isAwaited, setAwaited] = useState(false);

  const pages: Choice[] = [
    ...[...ATHLETE_PLACES, ...(seesConsole(role) ? CONSOLE_PLACES : [])].map(
      ({ to, name, Sign }): Choice => ({
        key: `page${to}`,
        sign: <Sign size={18} aria-hidden />,
        name,
        note: "page",
        go: () => void navigate({ to }),
      }),
    ),
    {
      key: "page-settings",
      sign: <Settings size={18} aria-hidden />,
      name: "Settings",
      note: "page",
      go: () => void navigate({ to: "/settings" }),
    },
    ...(role === "admin"
      ? [
          {
            key: "page-admin",
            sign: <Users size={18} aria-hidden />,
            name: "Accounts",
            note: "page",
            go: () => void navigate({ to: "/admin" }),
          },
        ]
      : []),
  ].filter(({ name }) => name.toLowerCase().includes(q.toLowerCase()));
  const now = Date.now();
  const activities: Choice[] = (data?.pages[0]?.activities ?? [])
    .slice(0, SHOWN)
    .map((activity) => {
      const { value, unit } = distance(activity.distanceM, units);
      return {
        key: activity.id,
        sign: <SportSign sport={activity.sport} />,
        name: activity.title,
        note: `${value} ${unit} · ${when(activity.startMs, now)}`,
        go: () => void navigate({ to: "/activities/$id", params: { id: activity.id }, search: {} }),
      };
    });
  const choices = [...activities, ...pages];
  // biome-ignore lint/correctness/useExhaustiveDependencies: the first choice again when the words change
  useEffect(() => setAt(0), [q]);
  const chosen = Math.min(at, choices.length - 1);

  const onKeyDown = (event: React.KeyboardEvent): void => {
    if (event.key === "ArrowDown") setAt(Math.min(choices.length - 1, chosen + 1));
    else if (event.key === "ArrowUp") setAt(Math.max(0, chosen - 1));
    else if (event.key === "Enter") setAwaited(true);
    else return;
    event.preventDefault();
  };
  useEffect(() => {
    if (!isAwaited || !isFound) return;
    setAwaited(false);
    if (!choices[chosen]) return;
    choices[chosen].go();
    close();
  });
  return (
    <div>
      <label className="flex items-center gap-3 border-border border-b px-4">
        <Search size={18} className="text-ink-3" aria-hidden />
        <input
          // biome-ignore lint/a11y/noAutofocus: the dialog is opened to type into it
          autoFocus
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setAwaited(false);
          }}
          onKeyDown={onKeyDown}
          placeholder="Search activities and pages"
          aria-label="Search activities and pages"
          role="combobox"
          aria-expanded
          aria-controls="palette-list"
          aria-activedescendant={choices[chosen] ? `choice-${choices[chosen].key}` : undefined}
          className="h-13 flex-1 bg-transparent text-m outline-none placeholder:text-ink-3"
        />
      </label>
      <div id="palette-list" role="listbox" aria-label="Found" className="p-2">
        {choices.map((choice, i) => (
          <button
            type="button"
            key={choice.key}
            id={`choice-${choice.key}`}
            role="option"
            aria-selected={i === chosen}
            tabIndex={-1}
            onMouseMove={() => setAt(i)}
            onClick={() => {
              choice.go();
              close();
            }}
            className="target flex w-full items-center gap-3 rounded-box px-3 py-2 text-left aria-selected:bg-sunken"
          >
            <span className="text-ink-2">{choice.sign}</span>
            <span className="min-w-0 flex-1 truncate">{choice.name}</span>
            <span className={`shrink-0 text-s ${i === chosen ? "text-ink-2" : "text-ink-3"}`}>
              {choice.note}
            </span>
          </button>
        ))}
        {choices.length === 0 && (
          <p className="px-3 py-4 text-ink-2 text-s">Nothing has these words.</p>
        )}
      </div>
    </div>
  );
}
