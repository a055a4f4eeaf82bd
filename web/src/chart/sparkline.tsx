/** A line without axes, as large as a word: how a figure went. Its last value has a dot. */

export function Sparkline(props: {
  values: readonly (number | null)[];
  /** What it shows, in a sentence. */
  label: string;
  width?: number;
  height?: number;
  /** Any CSS colour; the accent unless given. */
  colour?: string;
  /** The axis begins at 0, for counts; else at the least value. */
  fromZero?: boolean;
}) {
  const { values, label, width = 160, height = 36, colour = "var(--accent)" } = props;
  const known = values.filter((value): value is number => value !== null);
  if (known.length < 2) return <div style={{ width, height }} aria-hidden />;
  const least = props.fromZero ? Math.min(0, ...known) : Math.min(...known);
  const span = Math.max(...known) - least || 1;
  const x = (i: number): number => 3 + (i / (values.length - 1)) * (width - 6);
  const y = (value: number): number => height - 4 - ((value - least) / span) * (height - 8);
  let path = "";
  values.forEach((value, i) => {
    if (value === null) return;
    const isFirst = path === "" || values[i - 1] === null;
    path += `${isFirst ? "M" : "L"}${x(i).toFixed(1)} ${y(value).toFixed(1)}`;
  });
  const last = values.findLastIndex((value) => value !== null);
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      className="block h-auto w-full"
      style={{ maxWidth: width }}
    >
      <path
        d={path}
        fill="none"
        stroke={colour}
        strokeWidth={1.6}
        strokeLinejoin="round"
        vectorEffect="non-scaling-stroke"
      />
      <circle cx={x(last)} cy={y(values[last]!)} r={2.6} fill={colour} />
    </svg>
  );
}
