/**
 * Hiding the ends of an activity from others: two sliders, and the map as others will see it. What is
 * hidden is drawn as a thin dotted line for the owner alone.
 */
import { lazy, Suspense, useId, useMemo, useState } from "react";
import type { ActivityAnswer } from "../../../src/schema/activity.ts";
import { HIDDEN_M_MAX } from "../../../src/schema/limit.ts";
import { sentenceOf } from "../api.ts";
import type { ChangeActivity } from "../change.ts";
import { FormFault } from "../part/field.tsx";
import { Amount } from "../part/figure.tsx";
import { tell } from "../part/toast.tsx";
import { useTheme, useUnits } from "../preference.ts";
import { reach } from "../reach.ts";
import { Dialog } from "../shell/dialog.tsx";
import type { Track } from "../track.ts";
import { distance, said } from "../unit.ts";
import { MapWait } from "./activity-skeleton.tsx";

const TrimMap = lazy(() => reach(() => import("../map/trim-map.tsx")));

const STEP_M = 50;

interface TrimProps {
  readonly detail: ActivityAnswer;
  readonly track: Track;
  readonly change: ChangeActivity;
}

export function TrimDialog(
  props: TrimProps & { isOpen: boolean; onOpenChange: (isOpen: boolean) => void },
) {
  return (
    <Dialog isOpen={props.isOpen} onOpenChange={props.onOpenChange} title="Hide the ends" isWide>
      <TrimForm {...props} close={() => props.onOpenChange(false)} />
    </Dialog>
  );
}

function TrimForm({ detail, track, change, close }: TrimProps & { close: () => void }) {
  const { isDark } = useTheme();
  const { units } = useUnits();
  const totalM = track.rows.distanceM[track.rows.n - 1] ?? 0;
  const [start, setStart] = useState(detail.hiddenStartM ?? 0);
  const [end, setEnd] = useState(detail.hiddenEndM ?? 0);
  const [fault, setFault] = useState("");
  const [isBusy, setBusy] = useState(false);
  const most = Math.min(HIDDEN_M_MAX, Math.ceil(totalM / STEP_M) * STEP_M);
  const seenM = Math.max(0, totalM - start - end);
  const bbox = useMemo(() => detail.bbox ?? undefined, [detail.bbox]);
  const save = async (): Promise<void> => {
    setBusy(true);
    setFault("");
    try {
      await change({ hiddenStartM: start, hiddenEndM: end });
      tell({
        text: start + end > 0 ? "The ends are hidden from others." : "Others see all of it.",
      });
      close();
    } catch (error) {
      setFault(sentenceOf(error));
      setBusy(false);
    }
  };
  return (
    <form
      className="grid gap-4 px-5 pt-2 pb-5"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isBusy) void save();
      }}
    >
      <p className="text-ink-2 text-s">
        Others see the line between the ends, on every map and in every file that they take; you go
        on seeing all of it. Each end is cut by up to a third more than you say, so that nobody can
        reckon back to a door.
      </p>
      <div
        className="box h-[min(30vh,380px)] sm:h-[min(44vh,380px)] overflow-hidden bg-sunken"
        data-dark-map={isDark}
      >
        <Suspense fallback={<MapWait />}>
          {bbox && <TrimMap track={track} bbox={bbox} startM={start} endM={end} />}
        </Suspense>
      </div>
      <div className="grid gap-4 sm:grid-cols-2">
        <End name="From the start" value={start} most={most} onChange={setStart} />
        <End name="From the finish" value={end} most={most} onChange={setEnd} />
      </div>
      <p className="text-s" aria-live="polite">
        {seenM > 0 ? (
          <>
            Others see about <Amount {...distance(seenM, units)} /> of{" "}
            <Amount {...distance(totalM, units)} />.
          </>
        ) : (
          "Others see nothing of the line."
        )}
        {detail.visibility === "only_me" && (
          <span className="text-ink-3"> Nobody but you sees this activity now.</span>
        )}
      </p>
      <FormFault>{fault}</FormFault>
      <div className="flex flex-wrap justify-end gap-2">
        {start + end > 0 && (
          <button
            type="button"
            className="button mr-auto"
            onClick={() => {
              setStart(0);
              setEnd(0);
            }}
          >
            Hide nothing
          </button>
        )}
        <button type="button" className="button" onClick={close}>
          Cancel
        </button>
        <button type="submit" className="button button-main" disabled={isBusy}>
          {isBusy ? "Saving…" : "Save"}
        </button>
      </div>
    </form>
  );
}

function End(props: {
  name: string;
  value: number;
  most: number;
  onChange: (metres: number) => void;
}) {
  const { name, value, most, onChange } = props;
  const { units } = useUnits();
  const id = useId();
  const words = distance(value, units);
  return (
    <div className="grid gap-1 text-s">
      <label htmlFor={id} className="flex justify-between gap-3">
        <span className="font-medium">{name}</span>
        <span className="text-ink-2">
          <Amount {...words} />
        </span>
      </label>
      <input
        id={id}
        type="range"
        min={0}
        max={most}
        step={STEP_M}
        value={value}
        aria-valuetext={said(words)}
        onChange={(event) => onChange(Number(event.target.value))}
        className="target h-8 w-full rounded-box accent-accent"
      />
    </div>
  );
}
