/** Who is signed in, at the foot of the rail: settings, accounts, units, theme, signing out. */
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { LogOut, MonitorCog, Moon, Ruler, Settings, Sun, Users } from "lucide-react";
import type { Me } from "../../../src/schema/account.ts";
import { send, sentenceOf } from "../api.ts";
import { Menu, MenuChoices, MenuItem, MenuLine, MenuTitle } from "../part/menu.tsx";
import { tell } from "../part/toast.tsx";
import { type Theme, useTheme } from "../preference.ts";
import { updateMe, useSignOut } from "../session.ts";
import { isEnd, uploadQueue } from "../upload/queue.ts";

export function AccountMenu({
  me,
  className,
  side,
}: {
  me: Me;
  className: string;
  side: "right" | "top";
}) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const signOut = useSignOut();
  const { theme, setTheme } = useTheme();
  const nextUnits = me.units === "metric" ? "imperial" : "metric";

  const leave = async (): Promise<void> => {
    const isBusy = uploadQueue.items().some(({ state }) => !isEnd(state) && state !== "reading");
    if (isBusy) {
      tell({
        text: "Files are still being sent.",
        action: { name: "Sign out anyway", run: () => void go() },
      });
      return;
    }
    await go();
  };
  const go = async (): Promise<void> => {
    try {
      uploadQueue.forget();
      await signOut();
      void navigate({ to: "/sign-in", search: {} });
    } catch (error) {
      tell({ text: sentenceOf(error), isFault: true });
    }
  };
  return (
    <Menu
      side={side}
      align="end"
      trigger={
        <button type="button" className={className}>
          <span
            aria-hidden
            className="-my-px grid size-[22px] place-items-center rounded-full bg-accent font-semibold text-[0.625rem] text-accent-ink"
          >
            {initials(me.name)}
          </span>
          <span className="max-w-full truncate">
            <span className="sr-only">Account of </span>
            {me.name.split(/\s/)[0]}
          </span>
        </button>
      }
    >
      <div className="px-2.5 pt-2 pb-2 text-s">
        <p className="truncate font-medium">{me.name}</p>
        <p className="truncate text-ink-3">{me.email ?? "signed in on this machine"}</p>
      </div>
      <MenuLine />
      <MenuItem
        sign={<Settings size={16} aria-hidden />}
        onSelect={() => void navigate({ to: "/settings" })}
      >
        Settings
      </MenuItem>
      {me.role === "admin" && (
        <MenuItem
          sign={<Users size={16} aria-hidden />}
          onSelect={() => void navigate({ to: "/admin" })}
        >
          Accounts
        </MenuItem>
      )}
      <MenuItem
        sign={<Ruler size={16} aria-hidden />}
        onSelect={() => {
          send<Me>("PATCH", "/api/me", { units: nextUnits })
            .then((next) => updateMe(queries, next))
            .catch((error: unknown) => tell({ text: sentenceOf(error), isFault: true }));
        }}
      >
        Switch to {nextUnits} units
      </MenuItem>
      <MenuLine />
      <MenuTitle>Theme</MenuTitle>
      <MenuChoices<Theme>
        name="Theme"
        value={theme}
        onChange={setTheme}
        choices={[
          { value: "system", name: "As the system", sign: <MonitorCog size={16} aria-hidden /> },
          { value: "light", name: "Light", sign: <Sun size={16} aria-hidden /> },
          { value: "dark", name: "Dark", sign: <Moon size={16} aria-hidden /> },
        ]}
      />
      <MenuLine />
      <MenuItem sign={<LogOut size={16} aria-hidden />} onSelect={() => void leave()}>
        Sign out
      </MenuItem>
    </Menu>
  );
}

/** "Robin Alder" → "RA". */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const first = words[0]?.[0] ?? "?";
  const last = words.length > 1 ? (words.at(-1)![0] ?? "") : "";
  return (first + last).toUpperCase();
}
