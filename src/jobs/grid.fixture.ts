// A town of straight streets as OSM XML, large enough to live in: a square grid of streets, a ring of
// tracks around it, paths that lead out into the open and end there, and things that nobody walks on.

export interface GridOptions {
  /** Streets each way. */
  readonly size?: number;
  /** Metres between them. */
  readonly spacingM?: number;
  readonly lon?: number;
  readonly lat?: number;
}

/** With the defaults 10 streets each way, 36 km of streets, 12 km of tracks and 20 km of paths. */
export function gridOsm({
  size = 10,
  spacingM = 200,
  lon = 1.5,
  lat = 42.5,
}: GridOptions = {}): string {
  const nodes: string[] = [];
  const ways: string[] = [];
  const ids = new Map<string, number>();
  const kx = 111_195 * Math.cos((lat * Math.PI) / 180);
  const node = (x: number, y: number): number => {
    const known = ids.get(`${x},${y}`);
    if (known !== undefined) return known;
    const id = ids.size + 1;
    ids.set(`${x},${y}`, id);
    nodes.push(
      `<node id="${id}" lon="${(lon + x / kx).toFixed(7)}" lat="${(lat + y / 111_195).toFixed(7)}"/>`,
    );
    return id;
  };
  const way = (
    tags: Record<string, string>,
    ...points: readonly (readonly [number, number])[]
  ): void => {
    const refs = points.map(([x, y]) => `<nd ref="${node(x, y)}"/>`).join("");
    const words = Object.entries(tags).map(([k, v]) => `<tag k="${k}" v="${v}"/>`);
    ways.push(`<way id="${1000 + ways.length}">${refs}${words.join("")}</way>`);
  };
  const half = ((size - 1) / 2) * spacingM;
  const at = Array.from({ length: size }, (_, i) => i * spacingM - half);
  for (const y of at) way({ highway: "residential" }, ...at.map((x) => [x, y] as const));
  for (const x of at) way({ highway: "residential" }, ...at.map((y) => [x, y] as const));

  const outer = half + 3 * spacingM;
  for (const x of at) {
    for (const side of [-1, 1]) {
      // From the last street over the ring to an end in the open, by a bend.
      way({ highway: "path" }, [x, side * half], [x, side * outer]);
      way({ highway: "path" }, [side * half, x], [side * outer, x]);
      way({ highway: "path" }, [x, side * outer], [x + 20, side * (outer + 300)]);
    }
  }
  for (const side of [-1, 1]) {
    const ring = [-outer, ...at, outer];
    way({ highway: "track" }, ...ring.map((x) => [x, side * outer] as const));
    way({ highway: "track" }, ...ring.map((y) => [side * outer, y] as const));
  }
  // Ways of the region that are nobody's way, and one that hangs together with nothing.
  way({ highway: "motorway" }, [-outer, 50], [outer, 50]);
  way({ highway: "service", access: "private" }, [at[0]!, at[0]!], [at[0]! + 60, at[0]! + 60]);
  way({ highway: "path" }, [outer + 900, 0], [outer + 900, 700]);
  return `<?xml version="1.0"?><osm version="0.6">${nodes.join("\n")}\n${ways.join("\n")}</osm>`;
}
