/** A number with its unit in small type, and its name beneath or above. */
import type { Quantity } from "../unit.ts";

export function Amount({ value, unit }: Quantity) {
  return (
    <>
      {value}
      {unit && <span className="unit">{unit.startsWith("/") ? unit : `\u202f${unit}`}</span>}
    </>
  );
}

export function Figure({
  name,
  quantity,
  note,
}: {
  name: string;
  quantity: Quantity;
  note?: string;
}) {
  return (
    <div className="min-w-0">
      <dt className="text-ink-3 text-s">{name}</dt>
      <dd className="mt-0.5 whitespace-nowrap font-[560] text-[1.375rem] tracking-[-0.02em]">
        <Amount {...quantity} />
        {note && <span className="ml-2 font-normal text-ink-3 text-s tracking-normal">{note}</span>}
      </dd>
    </div>
  );
}
