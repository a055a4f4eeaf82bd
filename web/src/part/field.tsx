/** A field of a form with its name, a hint, and what is wrong with it; all three are read aloud. */
import { type InputHTMLAttributes, type ReactNode, useId } from "react";

export function Field({
  name,
  hint,
  fault,
  ...input
}: {
  name: string;
  hint?: ReactNode;
  fault?: string | undefined;
} & Omit<InputHTMLAttributes<HTMLInputElement>, "name">) {
  const id = useId();
  return (
    <div className="grid gap-1.5">
      <label htmlFor={id} className="font-medium text-s">
        {name}
      </label>
      <input
        {...input}
        id={id}
        className="input"
        aria-invalid={fault ? true : undefined}
        aria-describedby={fault || hint ? `${id}-note` : undefined}
      />
      {(fault || hint) && (
        <p id={`${id}-note`} className={`text-s ${fault ? "text-fault" : "text-ink-3"}`}>
          {fault ?? hint}
        </p>
      )}
    </div>
  );
}

/** What went wrong with a form as a whole. It stands above the button and is read aloud at once. */
export function FormFault({ children }: { children: ReactNode }) {
  if (!children) return null;
  return (
    <p role="alert" className="rounded-box bg-fault-soft px-3 py-2.5 text-fault text-s">
      {children}
    </p>
  );
}

/** One of a few, each with its sentence. */
export function Choices<T extends string>(props: {
  legend: string;
  isLegendHidden?: boolean;
  value: T;
  choices: readonly { readonly value: T; readonly name: string; readonly note?: string }[];
  onChange: (value: T) => void;
  isDisabled?: boolean;
}) {
  const group = useId();
  return (
    <fieldset disabled={props.isDisabled} className="grid content-start gap-2">
      <legend className={props.isLegendHidden ? "sr-only" : "mb-1.5 font-medium text-s"}>
        {props.legend}
      </legend>
      {props.choices.map(({ value, name, note }) => (
        <label
          key={value}
          className="target flex cursor-pointer items-start gap-3 rounded-box border border-border px-3 py-2.5 has-checked:border-accent has-checked:bg-accent-soft/50 has-focus-visible:outline-2 has-focus-visible:outline-accent"
        >
          <input
            type="radio"
            name={group}
            checked={props.value === value}
            onChange={() => props.onChange(value)}
            className="mt-1 accent-accent outline-none"
          />
          <span>
            <span className="block font-medium text-s">{name}</span>
            {note && <span className="block text-ink-2 text-s">{note}</span>}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
