/**
 * The frame of every page of a signed-in athlete: a narrow rail at the left on a desk, a bar at the
 * bottom on a phone, the palette, the list of keys, uploads under way, and one line while a world is
 * being built.
 */
import { Link, Outlet, useRouterState } from "@tanstack/react-router";
import { Ellipsis, type LucideIcon, Search } from "lucide-react";
import { useEffect, useState } from "react";
import type { Me } from "../../../src/schema/account.ts";
import { useUnits } from "../preference.ts";
import { DropSheet } from "../upload/pick.tsx";
import { UploadTray } from "../upload/tray.tsx";
import { AccountMenu } from "./account-menu.tsx";
import { BuildLine } from "./build-line.tsx";
import { KeyHelp } from "./key-help.tsx";
import { useKeys } from "./keys.ts";
import { MorePlaces, SHEET_ITEM } from "./more-places.tsx";
import { Palette } from "./palette.tsx";
import { ATHLETE_PLACES, CONSOLE_PLACES, type Place, seesConsole } from "./places.ts";

export function Shell({ me }: { me: Me }) {
  const [isPaletteOpen, setPaletteOpen] = useState(false);
  const [isHelpOpen, setHelpOpen] = useState(false);
  const [isMoreOpen, setMoreOpen] = useState(false);
  // The account's menu leads away from inside the sheet.
  const path = useRouterState({ select: ({ location }) => location.pathname });
  // biome-ignore lint/correctness/useExhaustiveDependencies: wherever one goes, the sheet is done
  useEffect(() => setMoreOpen(false), [path]);
  const hasConsole = seesConsole(me.role);
  const barPlaces = hasConsole
    ? [...ATHLETE_PLACES.slice(0, 2), ...CONSOLE_PLACES.slice(0, 2)]
    : ATHLETE_PLACES;
  const hiddenPlaces = [...ATHLETE_PLACES, ...CONSOLE_PLACES].filter(
    (place) => !barPlaces.includes(place),
  );
  const { setUnits } = useUnits();
  // The account's units stand above what this machine remembers.
  useEffect(() => setUnits(me.units), [me.units, setUnits]);
  useKeys({
    "?": () => setHelpOpen(true),
    "mod+k": () => setPaletteOpen(true),
  });
  return (
    <div className="flex min-h-dvh flex-col md:pl-[84px]">
      <a
        href="#content"
        className="fixed top-2 left-2 z-50 -translate-y-20 rounded-box bg-accent px-3 py-2 text-accent-ink text-s focus:translate-y-0"
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
          {ATHLETE_PLACES.map((place) => (
            <li key={place.to}>
              <PlaceLink {...place} />
            </li>
          ))}
        </ul>
        {hasConsole && (
          <ul aria-label="Console" className="mt-3 grid gap-1 border-border border-t pt-3">
            {CONSOLE_PLACES.map((place) => (
              <li key={place.to}>
                <PlaceLink {...place} />
              </li>
            ))}
          </ul>
        )}
        <div className="mt-auto grid gap-1">
          <RailButton
            name="Search"
            Sign={Search}
            onClick={() => setPaletteOpen(true)}
            hint="Ctrl K"
          />
          <AccountMenu me={me} className={RAIL_ITEM} side="right" />
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
          {barPlaces.map((place) => (
            <li key={place.to}>
              <PlaceLink {...place} />
            </li>
          ))}
          {hasConsole ? (
            <li>
              <RailButton
                name="More"
                Sign={Ellipsis}
                onClick={() => setMoreOpen(true)}
                isHere={hiddenPlaces.some(({ to }) => path === to || path.startsWith(`${to}/`))}
              />
            </li>
          ) : (
            <>
              <li>
                <RailButton name="Search" Sign={Search} onClick={() => setPaletteOpen(true)} />
              </li>
              <li>
                <AccountMenu me={me} className={RAIL_ITEM} side="top" />
              </li>
            </>
          )}
        </ul>
      </nav>
      <UploadTray />
      <DropSheet />
      {hasConsole && (
        <MorePlaces
          isOpen={isMoreOpen}
          onOpenChange={setMoreOpen}
          places={hiddenPlaces}
          onSearch={() => setPaletteOpen(true)}
          account={<AccountMenu me={me} className={SHEET_ITEM} side="top" />}
        />
      )}
      <Palette isOpen={isPaletteOpen} onOpenChange={setPaletteOpen} role={me.role} />
      <KeyHelp isOpen={isHelpOpen} onOpenChange={setHelpOpen} />
    </div>
  );
}

const RAIL_ITEM =
  "target grid w-full justify-items-center gap-1 rounded-box px-1 py-2 text-[0.6875rem] font-medium leading-none text-ink-2 hover:bg-sunken hover:text-ink";

function PlaceLink({ to, name, Sign }: Place) {
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
  hint?: string;
  /** The page that is seen is behind it. */
  isHere?: boolean;
}) {
  const { name, Sign, onClick, hint, isHere = false } = props;
  return (
    <button
      type="button"
      className={isHere ? `${RAIL_ITEM} !text-accent` : RAIL_ITEM}
      aria-current={isHere ? "true" : undefined}
      onClick={onClick}
      title={hint}
    >
      <Sign size={20} strokeWidth={1.9} aria-hidden />
      {name}
    </button>
  );
}
