/** The frame of the pages before one is signed in: the mark, a quiet land, one card. */
import type { ReactNode } from "react";

export function Door({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="grid min-h-dvh lg:grid-cols-[minmax(0,1fr)_minmax(0,1.1fr)]">
      <div className="grid content-center justify-items-center px-5 py-10">
        <div className="w-full max-w-[380px]">
          <div className="mb-8 flex items-center gap-3">
            <img src="/mark.svg" alt="" width={36} height={36} />
            <span className="font-[620] text-l tracking-[-0.02em]">Waymark</span>
          </div>
          <h1 className="mb-6">{title}</h1>
          {children}
        </div>
      </div>
      <div
        className="relative hidden overflow-hidden border-border border-l bg-sunken lg:block"
        aria-hidden
      >
        <Land />
      </div>
    </div>
  );
}

/** Contour lines round two hills and a trail over the pass between them. */
function Land() {
  return (
    <svg
      viewBox="0 0 720 900"
      preserveAspectRatio="xMidYMid slice"
      className="absolute inset-0 size-full"
      role="presentation"
    >
      <g fill="none" className="stroke-border-strong" strokeWidth="1.2" opacity="0.75">
        {RADII.map((radius) => (
          <path key={`north-${radius}`} d={contour(250, 270, radius, 1)} />
        ))}
        {RADII.map((radius) => (
          <path key={`south-${radius}`} d={contour(510, 650, radius, 2)} />
        ))}
      </g>
      <path
        d="M-20 700C90 690 120 610 190 580s120 20 190-60 20-130 90-190 170-10 280-120"
        fill="none"
        stroke="var(--canvas)"
        strokeWidth="11"
        strokeLinecap="round"
      />
      <path
        d="M-20 700C90 690 120 610 190 580s120 20 190-60 20-130 90-190 170-10 280-120"
        fill="none"
        stroke="var(--line)"
        strokeWidth="4.5"
        strokeLinecap="round"
      />
      <circle cx="380" cy="520" r="8" fill="var(--ink)" stroke="var(--canvas)" strokeWidth="4" />
    </svg>
  );
}

const RADII = [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352];

/** How far each hill bulges in eight directions. */
const HILL = [
  [1, 1.18, 0.94, 1.08, 1.25, 0.9, 1.02, 0.86],
  [1.1, 0.92, 1.2, 1, 0.88, 1.16, 0.97, 1.12],
] as const;

/** A closed smooth line through eight points round a hilltop. */
function contour(x: number, y: number, radius: number, hill: 1 | 2): string {
  const shape = HILL[hill - 1]!;
  const n = shape.length;
  const points = shape.map((bulge, k) => {
    const angle = (2 * Math.PI * k) / n;
    // Near the top a hill is rounder than at its foot.
    const r = radius * (1 + (bulge - 1) * Math.min(1, radius / 220));
    return [x + r * Math.cos(angle), y + 0.82 * r * Math.sin(angle)] as const;
  });
  const at = (k: number) => points[((k % n) + n) % n]!;
  let path = `M${at(0)[0].toFixed(1)} ${at(0)[1].toFixed(1)}`;
  for (let k = 0; k < n; k++) {
    const [before, from, to, after] = [at(k - 1), at(k), at(k + 1), at(k + 2)];
    // Catmull–Rom as a cubic Bézier.
    const one = [from[0] + (to[0] - before[0]) / 6, from[1] + (to[1] - before[1]) / 6];
    const two = [to[0] - (after[0] - from[0]) / 6, to[1] - (after[1] - from[1]) / 6];
    path += `C${[...one, ...two, ...to].map((value) => value.toFixed(1)).join(" ")}`;
  }
  return `${path}Z`;
}
