/** Numbers as C's `%.17g` and `%g` print them, which `model.txt` is written with. */

/** 17 significant digits: every double comes back as it was. */
export function format17(value: number): string {
  return formatG(value, 17);
}

/** 6 significant digits. */
export function format6(value: number): string {
  return formatG(value, 6);
}

function formatG(value: number, digits: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const [mantissa, power] = rounded(value, digits).split("e") as [string, string];
  const exponent = Number(power);
  if (exponent < -4 || exponent >= digits) {
    const size = String(Math.abs(exponent)).padStart(2, "0");
    return `${withoutZeros(mantissa)}e${exponent < 0 ? "-" : "+"}${size}`;
  }
  const sign = mantissa.startsWith("-") ? "-" : "";
  const figures = mantissa.replace(/[-.]/g, "");
  if (exponent < 0) return withoutZeros(`${sign}0.${"0".repeat(-exponent - 1)}${figures}`);
  return withoutZeros(`${sign}${figures.slice(0, exponent + 1)}.${figures.slice(exponent + 1)}`);
}

/** `toExponential`, which rounds a tie up, with ties to even as C has them. */
function rounded(value: number, digits: number): string {
  const up = value.toExponential(digits - 1);
  const further = value.toExponential(digits);
  const at = further.indexOf("e") - 1;
  if (further[at] !== "5") return up;
  const exact = value.toExponential(100);
  if (/[1-9]/.test(exact.slice(at + 1, exact.indexOf("e")))) return up;
  const isEven = Number(further[at - 1] === "." ? further[at - 2] : further[at - 1]) % 2 === 0;
  return isEven ? further.slice(0, at) + further.slice(at + 1) : up;
}

function withoutZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0*$/, "") : text;
}
