/** The four figures that the page opens with, each with how it went and, where asked, another beside it. */
import type { ReactNode } from "react";
import type { RetentionReport, Share } from "../../../src/schema/retention.ts";
import { Sparkline } from "../chart/sparkline.tsx";
import { grouped } from "../unit.ts";
import { dayIn, money, share } from "./words.ts";

export interface Beside {
  readonly report: RetentionReport;
  readonly name: string;
}

export function Figures(props: { report: RetentionReport; beside: Beside | undefined }) {
  const { report, beside } = props;
  const other = beside?.report;
  const { churn } = report;
  const until = dayIn(report.days.toMs - 1);
  return (
    <dl className="grid gap-4 sm:grid-cols-2 xl:grid-cols-4">
      <Box name="Subscribers" window={`on ${until}`}>
        <Value value={grouped(report.subs.value)} change={report.subs} />
        {other && <BesideValue name={beside.name} value={grouped(other.subs.value)} />}
        <Sparkline
          values={report.subs.series}
          label="Subscribers, day by day"
          fromZero
          width={260}
        />
      </Box>
      <Box name="Active in 28 days" window={`28 d to ${until}`}>
        <Value value={grouped(report.mau.value)} change={report.mau} />
        <p className="text-ink-2 text-s">
          {grouped(report.wau.value)} in 7 days, {grouped(report.dau.value)} in one
        </p>
        {other && <BesideValue name={beside.name} value={grouped(other.mau.value)} />}
        <Sparkline
          values={report.mau.series}
          label="Members active in 28 days, day by day"
          fromZero
          width={260}
        />
      </Box>
      <Box
        name="Churn in 30 days"
        window={`${dayIn(churn.window.fromMs)} to ${dayIn(churn.window.toMs - 1)}, of ${grouped(churn.all.n)}`}
      >
        <p className="font-[560] text-[1.5rem] tracking-[-0.02em]">
          {churn.all.value === null ? "–" : share(churn.all.value, 1)}
          <Range of={churn.all} />
        </p>
        <Cause name="by choice" colour="var(--voluntary)" of={churn.voluntary} />
        <Cause name="payment failed" colour="var(--involuntary)" of={churn.involuntary} />
        {other?.churn.all.value != null && (
          <BesideValue name={beside?.name ?? ""} value={share(other.churn.all.value, 1)} />
        )}
        <div className="grid grid-cols-2 gap-2">
          <Sparkline
            values={churn.series.voluntary}
            label="30-day churn by choice, day by day"
            colour="var(--voluntary)"
            fromZero
            width={126}
          />
          <Sparkline
            values={churn.series.involuntary}
            label="30-day churn by failed payments, day by day"
            colour="var(--involuntary)"
            fromZero
            width={126}
          />
        </div>
      </Box>
      {report.mrr.map((mrr) => {
        const theirs = other?.mrr.find(({ currency }) => currency === mrr.currency);
        const text = (minor: number): string =>
          money({ minor: Math.round(minor / 100) * 100, currency: mrr.currency });
        return (
          <Box key={mrr.currency} name="Monthly recurring revenue" window={`on ${until}`}>
            <Value value={text(mrr.value)} change={mrr} />
            {mrr.unpriced > 0 && (
              <p className="text-ink-2 text-s">
                without {grouped(mrr.unpriced)} whose price is not known
              </p>
            )}
            {theirs && <BesideValue name={beside?.name ?? ""} value={text(theirs.value)} />}
            <Sparkline
              values={mrr.series}
              label="Monthly recurring revenue, day by day"
              fromZero
              width={260}
            />
          </Box>
        );
      })}
    </dl>
  );
}

function Box(props: { name: string; window: string; children: ReactNode }) {
  return (
    <div className="box flex min-w-0 flex-col px-4 pt-3.5 pb-4">
      <dt className="text-ink-2 text-s">{props.name}</dt>
      <dd className="mt-1 flex flex-1 flex-col gap-1 [&>:last-child]:mt-auto [&>:last-child]:pt-2">
        {props.children}
      </dd>
      <dd className="mt-1.5 text-ink-3 text-s">{props.window}</dd>
    </div>
  );
}

function Value(props: { value: string; change: { value: number; before: number | null } }) {
  const { value, before } = props.change;
  const rise = before === null || before === 0 ? null : value / before - 1;
  return (
    <p className="flex flex-wrap items-baseline gap-x-2 font-[560] text-[1.5rem] tracking-[-0.02em]">
      {props.value}
      {rise !== null && (
        <span className="font-normal text-ink-2 text-s tracking-normal">
          {rise > 0 ? "↑" : rise < 0 ? "↓" : ""} {share(Math.abs(rise), 1)}
          <span className="text-ink-3"> in 28 d</span>
        </span>
      )}
    </p>
  );
}

function Range({ of: { low, high } }: { of: Share }) {
  if (low === null || high === null) return null;
  return (
    <span className="ml-2 font-normal text-ink-3 text-s tracking-normal">
      {(low * 100).toFixed(1)}–{(high * 100).toFixed(1)}
    </span>
  );
}

function Cause(props: { name: string; colour: string; of: Share }) {
  return (
    <p className="flex items-baseline gap-2 text-s">
      <span
        className="size-2 shrink-0 rounded-full"
        style={{ background: props.colour }}
        aria-hidden
      />
      {props.of.value === null ? "–" : share(props.of.value, 1)}
      <span className="text-ink-2">{props.name}</span>
      <span className="ml-auto">
        <Range of={props.of} />
      </span>
    </p>
  );
}

function BesideValue({ name, value }: { name: string; value: string }) {
  return (
    <p className="text-ink-2 text-s">
      beside {value} <span className="text-ink-3">{name}</span>
    </p>
  );
}
