/** Every line at once over the whole map: where one has been. A line answers to a click. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useMemo } from "react";
import { LARGE_PAGE_SIZE, listQuery, mapQuery } from "../api.ts";
import { Failed } from "../part/state.tsx";
import { useTheme } from "../preference.ts";

const LinesMap = lazy(() => import("../map/lines-map.tsx"));

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
  if (map.error) return <Failed error={map.error} retry={() => void map.refetch()} what="map" />;
  return (
    <section
      aria-label="Map of all activities"
      className="relative -mb-20 h-[calc(100dvh-53px-env(safe-area-inset-bottom))] md:-mb-8 md:h-dvh"
      data-dark-map={isDark}
    >
      <h1 className="sr-only">Map</h1>
      <Suspense fallback={<div className="bone size-full rounded-none" />}>
        {map.data && <LinesMap bbox={map.data.bbox} activities={activities} />}
      </Suspense>
    </section>
  );
}
