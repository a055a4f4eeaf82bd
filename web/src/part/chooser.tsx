/** A choice of a few in the place of a button, for filters. */

export function Chooser<T extends string>(props: {
  name: string;
  /** What no choice is called; absent: there is always one. */
  none?: string;
  value: T | undefined;
  choices: readonly { readonly value: T; readonly name: string }[];
  onChange: (value: T | undefined) => void;
}) {
  const { value, choices } = props;
  // What an old link names stays to be seen, though it is no choice any more.
  const isKnown = value === undefined || choices.some((choice) => choice.value === value);
  return (
    <select
      aria-label={props.name}
      className="button chooser max-w-full"
      value={value ?? ""}
      onChange={(event) => props.onChange((event.target.value || undefined) as T | undefined)}
    >
      {props.none !== undefined && <option value="">{props.none}</option>}
      {!isKnown && <option value={value}>{value}</option>}
      {choices.map((choice) => (
        <option key={choice.value} value={choice.value}>
          {choice.name}
        </option>
      ))}
    </select>
  );
}
