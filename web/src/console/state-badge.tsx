/** Where a membership stands, as a word with a sign: colour is never alone. */
import { ArrowDownRight, Check, CircleDashed } from "lucide-react";
import type { MembershipState } from "../../../src/schema/billing.ts";
import { stateName, stateTone } from "./words.ts";

const SIGNS = { good: Check, bad: ArrowDownRight, plain: CircleDashed } as const;
const COLOURS = { good: "text-good", bad: "text-involuntary", plain: "text-ink-2" } as const;

export function StateBadge({ state }: { state: MembershipState }) {
  const tone = stateTone(state);
  const Sign = SIGNS[tone];
  return (
    <span className={`inline-flex items-center gap-1 whitespace-nowrap ${COLOURS[tone]}`}>
      <Sign size={14} strokeWidth={2.2} aria-hidden />
      {stateName(state)}
    </span>
  );
}
