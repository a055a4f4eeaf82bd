/** What a page shows instead of its content: nothing yet, or a failure with what is safe and what to do. */
import { CloudOff, RotateCw, SearchX } from "lucide-react";
import type { ReactNode } from "react";
import { ApiError } from "../api.ts";

export function Failed({
  error,
  retry,
  what,
}: {
  error: unknown;
  retry: () => void;
  what: string;
}) {
  const isLost = error instanceof ApiError && error.code === "NOT_FOUND";
  const Sign = isLost ? SearchX : CloudOff;
  return (
    <div
      role="alert"
      className="mx-auto grid max-w-md justify-items-center gap-3 px-6 py-24 text-center"
    >
      <span className="grid size-14 place-items-center rounded-full bg-fault-soft text-fault">
        <Sign size={26} strokeWidth={1.8} aria-hidden />
      </span>
      <h2>{isLost ? `This ${what} is not here` : `The ${what} could not be loaded`}</h2>
      <p className="text-ink-2">
        {firstUpper(error instanceof Error ? error.message : String(error))}.
        {isLost ? "" : " Nothing was changed."}
      </p>
      {!isLost && (
        <button type="button" className="button mt-1" onClick={retry}>
          <RotateCw size={15} aria-hidden /> Try again
        </button>
      )}
    </div>
  );
}

export function Empty(props: { picture: ReactNode; title: string; children: ReactNode }) {
  return (
    <div className="mx-auto grid max-w-lg justify-items-center gap-4 px-6 py-20 text-center">
      {props.picture}
      <h2>{props.title}</h2>
      <div className="grid justify-items-center gap-4 text-ink-2">{props.children}</div>
    </div>
  );
}

function firstUpper(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
