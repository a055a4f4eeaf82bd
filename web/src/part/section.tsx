/** A titled part of a page of forms, with room to be led to by an address. */
import type { ReactNode } from "react";

export function Section(props: {
  id: string;
  title: string;
  note?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section
      id={props.id}
      aria-labelledby={`${props.id}-title`}
      className="grid scroll-mt-6 gap-5 border-border border-b py-8 first:pt-0 last:border-b-0"
    >
      <div>
        <h2 id={`${props.id}-title`}>{props.title}</h2>
        {props.note && <p className="mt-1 max-w-prose text-ink-2 text-s">{props.note}</p>}
      </div>
      {props.children}
    </section>
  );
}
