/**
 * The frame of every page: a narrow rail at the left on a desk, a bar at the bottom on a phone, the
 * palette, the list of keys, and one line while a world is being built.
 */
import { Link, Outlet } from "@tanstack/react-router";
import {
  Command,
  List,
  type LucideIcon,
  Map as MapIcon,
  MonitorCog,
  Moon,
  Ruler,
  Sun,
} from "lucide-react";
import { useState } from "react";
import { type Theme, useTheme, useUnits } from "../preference.ts";
import { BuildLine } from "./build-line.tsx";
import { KeyHelp } from "./key-help.tsx";
import { useKeys } from "./keys.ts";
import { Palette } from "./palette.tsx";

const PLACES = [
  { to: "/activities", name: "Activities", Sign: List },
  { to: "/map", name: "Map", Sign: MapIcon },
] as const;

export function Shell() {
  const [isPaletteOpen, setPaletteOpen] = useState(false);
  const [isHelpOpen, setHelpOpen] = useState(false);
  useKeys({
    "?": () => setHelpOpen(true),
    "mod+k": () => setPaletteOpen(true),
  });
  return (
    <div className="flex min-h-dvh flex-col md:pl-[84px]">
      <a
        href="#content"
        className="fixed top-2 left-2 z-50 -translate-y-20 rounded-box bg-accent px-3 py-2 text-s text-accent-ink focus:translate-y-0"
      >
        Skip to the content
      </a>
      <nav
        aria-label="Places"
        className="fixed inset-y-0 left-0 z-30 hidden w-[84px] flex-col items-stretch border-border border-r bg-surface px-2 py-3 md:flex"
      >
        <Link
          to="/activities"
          className="mb-4 grid justify-items-center gap-1 rounded-box py-1"
          aria-label="Waymark"
        >
          <img src="/mark.svg" alt="" width={34} height={34} />
        </Link>
        <ul className="grid gap-1">
          {PLACES.map((place) => (
            <li key={place.to}>
              <PlaceLink {...place} />
            </li>
          ))}
        </ul>
        <div className="mt-auto grid gap-1">
          <RailButton
            name="Search"
            Sign={Command}
            onClick={() => setPaletteOpen(true)}
            hint="Ctrl K"
          />
          <UnitsButton />
          <ThemeButton />
        </div>
      </nav>
      <BuildLine />
      <main id="content" tabIndex={-1} className="flex-1 pb-20 outline-none md:pb-8">
        <Outlet />
      </main>
      <nav
        aria-label="Places"
        className="fixed inset-x-0 bottom-0 z-30 border-border border-t bg-surface pb-[env(safe-area-inset-bottom)] md:hidden"
      >
        <ul className="grid grid-cols-5">
          {PLACES.map((place) => (
            <li key={place.to}>
              <PlaceLink {...place} />
            </li>
          ))}
          <li>
            <RailButton name="Search" Sign={Command} onClick={() => setPaletteOpen(true)} />
          </li>
          <li>
            <UnitsButton />
          </li>
          <li>
            <ThemeButton />
          </li>
        </ul>
      </nav>
      <Palette isOpen={isPaletteOpen} onOpenChange={setPaletteOpen} />
      <KeyHelp isOpen={isHelpOpen} onOpenChange={setHelpOpen} />
    </div>
  );
}

const RAIL_ITEM =
  "target grid w-full justify-items-center gap-1 rounded-box px-1 py-2 text-[0.6875rem] font-medium leading-none text-ink-2 hover:bg-sunken hover:text-ink";

function PlaceLink({ to, name, Sign }: (typeof PLACES)[number]) {
  return (
    <Link
      to={to}
      className={RAIL_ITEM}
      activeProps={{ className: "!text-accent md:bg-accent-soft", "aria-current": "page" }}
    >
      <Sign size={20} strokeWidth={1.9} aria-hidden />
      {name}
    </Link>
  );
}

function RailButton(props: {
  name: string;
  Sign: LucideIcon;
  onClick: () => void;
  label?: string;
  hint?: string;
}) {
  const { name, Sign, onClick, label, hint } = props;
  return (
    <button type="button" className={RAIL_ITEM} onClick={onClick} aria-label={label} title={hint}>
      <Sign size={18} strokeWidth={1.9} aria-hidden />
      {name}
    </button>
  );
}

function UnitsButton() {
  const { units, setUnits } = useUnits();
  const next = units === "metric" ? "imperial" : "metric";
  return (
    <RailButton
      name={units === "metric" ? "Metric" : "Imperial"}
      label={`Units: ${units}. Switch to ${next}.`}
      Sign={Ruler}
      onClick={() => setUnits(next)}
    />
  );
}

const THEMES: Readonly<Record<Theme, { next: Theme; name: string; Sign: LucideIcon }>> = {
  system: { next: "light", name: "Auto", Sign: MonitorCog },
  light: { next: "dark", name: "Light", Sign: Sun },
  dark: { next: "system", name: "Dark", Sign: Moon },
};

function ThemeButton() {
  const { theme, setTheme } = useTheme();
  const { next, name, Sign } = THEMES[theme];
  return (
    <RailButton
      name={name}
      label={`Theme: ${name}. Switch to ${THEMES[next].name}.`}
      Sign={Sign}
      onClick={() => setTheme(next)}
    />
  );
}
