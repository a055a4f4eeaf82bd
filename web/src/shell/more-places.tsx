/** What the bar of a phone has no room for: the other places, search and the account, in a sheet. */
import { Link } from "@tanstack/react-router";
import { Search } from "lucide-react";
import type { ReactNode } from "react";
import { Dialog } from "./dialog.tsx";
import type { Place } from "./places.ts";

export const SHEET_ITEM =
  "target flex w-full items-center gap-3 rounded-box px-3 py-2 text-left font-medium hover:bg-sunken";

export function MorePlaces(props: {
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  places: readonly Place[];
  onSearch: () => void;
  account: ReactNode;
}) {
  const close = (): void => props.onOpenChange(false);
  return (
    <Dialog isOpen={props.isOpen} onOpenChange={props.onOpenChange} title="More">
      <ul className="grid gap-1 px-3 pt-2 pb-4">
        {props.places.map(({ to, name, Sign }) => (
          <li key={to}>
            <Link to={to} className={SHEET_ITEM} onClick={close}>
              <Sign size={20} strokeWidth={1.9} aria-hidden className="text-ink-2" />
              {name}
            </Link>
          </li>
        ))}
        <li>
          <button
            type="button"
            className={SHEET_ITEM}
            onClick={() => {
              close();
              props.onSearch();
            }}
          >
            <Search size={20} strokeWidth={1.9} aria-hidden className="text-ink-2" />
            Search
          </button>
        </li>
        <li>{props.account}</li>
      </ul>
    </Dialog>
  );
}
