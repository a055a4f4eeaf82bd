/** The console's pages before there is anything on them: what comes here, and how. */
import type { ReactNode } from "react";
import { Empty } from "../part/state.tsx";

export function NoMembers() {
  return (
    <Empty picture={<CurvePicture />} title="No members yet">
      <p>
        Members appear as your app tells of them: point Segment's SDK at this server with a write
        key, and Stripe, the App Store, Google Play or RevenueCat at its webhooks.
      </p>
      <p className="text-s">
        <code>waymark write-key add app</code> and <code>waymark webhook add stripe</code> make both
        doors.
      </p>
    </Empty>
  );
}

export function NothingFound({ what, showAll }: { what: string; showAll: () => void }) {
  return (
    <Empty picture={<CurvePicture />} title={`No ${what} matches`}>
      <p>Try fewer words, or another filter.</p>
      <button type="button" className="button" onClick={showAll}>
        Show all
      </button>
    </Empty>
  );
}

export function NothingBuilt({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Empty picture={<CurvePicture />} title={title}>
      {children}
    </Empty>
  );
}

/** A retention curve with its band. */
function CurvePicture() {
  return (
    <svg width="168" height="104" viewBox="0 0 168 104" fill="none" role="presentation">
      <path d="M10 8v86h150" className="stroke-border-strong" strokeWidth="1.5" />
      <path
        d="M10 16c14 26 34 38 62 44s60 8 88 9v16c-30-2-64-4-92-12S18 48 10 16Z"
        className="fill-sunken"
      />
      <path
        d="M10 16c12 30 34 46 60 52s60 8 90 9"
        stroke="var(--accent)"
        strokeWidth="2.5"
        strokeLinecap="round"
      />
    </svg>
  );
}
