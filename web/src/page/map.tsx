/** Every line at once over the whole map: where one has been. A line answers to a click. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useMemo, useRef } from "react";
import type { ActivitySummary } from "../../../src/schema/activity.ts";
import { LARGE_PAGE_SIZE, listQuery, mapQuery } from "../api.ts";
import { Failed } from "../part/state.tsx";
import { useTheme } from "../preference.ts";
import { reach } from "../reach.ts";
import { MapWait } from "./activity-skeleton.tsx";

const LinesMap = lazy(() => reach(() => import("../map/lines-map.tsx")));

/** Lines beyond this many are not drawn: the newest are. */
const MAX_LINES = 1500;

export function MapPage() {
  const map = useQuery(mapQuery);
  const list = useInfiniteQuery(listQuery({}, LARGE_PAGE_SIZE));
  const { isDark } = useTheme();
  const activities = useMemo(
    () => list.data?.pages.flatMap((page) => page.activities) ?? [],
    [list.data],
  );
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  const isMoreWanted = hasNextPage && !isFetchingNextPage && activities.length < MAX_LINES;
  useEffect(() => {
    if (isMoreWanted) void fetchNextPage();
  }, [isMoreWanted, fetchNextPage]);
  useEffect(() => {
    document.title = "Map · Waymark";
  }, []);
  // Chosen once for a map: what arrives later must not move what somebody looks at.
  const frame = useRef<{ readonly of: string; readonly box: Box }>(undefined);
  const whole = map.data?.bbox;
  if (whole && !list.isPending && frame.current?.of !== whole.join()) {
    frame.current = { of: whole.join(), box: linesInside(whole, activities) ?? whole };
  }
  if (map.error) return <Failed error={map.error} retry={() => void map.refetch()} what="map" />;
  return (
    <section
      aria-label="Map of all activities"
      className="relative -mb-20 h-[calc(100dvh-53px-env(safe-area-inset-bottom))] md:-mb-8 md:h-dvh"
      data-dark-map={isDark}
    >
      <h1 className="sr-only">Map</h1>
      <Suspense fallback={<MapWait />}>
        {frame.current && whole ? (
          <LinesMap bbox={frame.current.box} whole={whole} activities={activities} />
        ) : (
          <MapWait />
        )}
      </Suspense>
    </section>
  );
}

type Box = readonly [west: number, south: number, east: number, north: number];

/** The smallest box around the activities that lie on the map, undefined when none does. */
function linesInside(whole: Box, activities: readonly ActivitySummary[]): Box | undefined {
  const boxes = activities.flatMap(({ bbox }) => {
    if (!bbox) return [];
    const isInside =
      bbox[0] > whole[0] && bbox[1] > whole[1] && bbox[2] < whole[2] && bbox[3] < whole[3];
    return isInside ? [bbox] : [];
  });
  if (boxes.length === 0) return undefined;
  return [
    Math.min(...boxes.map((box) => box[0])),
    Math.min(...boxes.map((box) => box[1])),
    Math.max(...boxes.map((box) => box[2])),
    Math.max(...boxes.map((box) => box[3])),
  ];
}
