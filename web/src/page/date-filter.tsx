/** From which day to which: usual spans by a click, any other by two dates. It lives in the address. */
import { getRouteApi } from "@tanstack/react-router";
import { CalendarDays, ChevronDown } from "lucide-react";
import { Popover } from "radix-ui";
import { dayName, shortDay } from "../when.ts";

const route = getRouteApi("/activities");

interface Span {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export function DateFilter() {
  const { from, to } = route.useSearch();
  const navigate = route.useNavigate();
  const now = Date.now();
  const choose = ({ from, to }: Span): void => {
    void navigate({ search: (search) => ({ ...search, from, to }), replace: true });
  };
  return (
    <Popover.Root>
      <Popover.Trigger asChild>
        <button type="button" className="button" aria-pressed={from || to ? true : undefined}>
          <CalendarDays size={15} aria-hidden />
          {spanName({ from, to }, now)}
          <ChevronDown size={14} aria-hidden />
        </button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="end"
          sideOffset={6}
          collisionPadding={8}
          aria-label="Days"
          className="box z-40 grid w-72 gap-3 p-3 text-s shadow-xl"
        >
          <div className="grid grid-cols-2 gap-2">
            {usualSpans(now).map(({ name, ...span }) => (
              <Popover.Close asChild key={name}>
                <button
                  type="button"
                  className="button"
                  aria-pressed={span.from === from && span.to === to}
                  onClick={() => choose(span)}
                >
                  {name}
                </button>
              </Popover.Close>
            ))}
          </div>
          <div className="grid grid-cols-2 gap-2">
            <label className="grid gap-1">
              <span className="text-ink-2">First day</span>
              <input
                type="date"
                className="input !px-2"
                value={from ?? ""}
                max={to}
                onChange={(event) => choose({ from: event.target.value || undefined, to })}
              />
            </label>
            <label className="grid gap-1">
              <span className="text-ink-2">Last day</span>
              <input
                type="date"
                className="input !px-2"
                value={to ?? ""}
                min={from}
                onChange={(event) => choose({ from, to: event.target.value || undefined })}
              />
            </label>
          </div>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

const DAY_MS = 86_400_000;

function usualSpans(now: number): readonly (Span & { readonly name: string })[] {
  const date = new Date(now);
  const year = date.getFullYear();
  return [
    { name: "Any time", from: undefined, to: undefined },
    { name: "Last 30 days", from: dayName(now - 29 * DAY_MS), to: undefined },
    { name: "This month", from: `${dayName(now).slice(0, 8)}01`, to: undefined },
    { name: "This year", from: `${year}-01-01`, to: undefined },
    { name: `${year - 1}`, from: `${year - 1}-01-01`, to: `${year - 1}-12-31` },
    { name: `${year - 2}`, from: `${year - 2}-01-01`, to: `${year - 2}-12-31` },
  ];
}

function spanName({ from, to }: Span, now: number): string {
  const usual = usualSpans(now).find((span) => span.from === from && span.to === to);
  if (usual) return usual.name;
  if (from && to) return `${shortDay(from, now)} – ${shortDay(to, now)}`;
  return from ? `Since ${shortDay(from, now)}` : `Until ${shortDay(to!, now)}`;
}
