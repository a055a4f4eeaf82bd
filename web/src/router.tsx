/** The pages and their addresses. The page of one activity, with map and charts, loads on demand. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from "@tanstack/react-router";
import { readActivityAddress, readListAddress } from "./address.ts";
import { ActivitiesPage } from "./page/activities.tsx";
import { ActivitySkeleton } from "./page/activity-skeleton.tsx";
import { LostPage } from "./page/lost.tsx";
import { Shell } from "./shell/shell.tsx";

const rootRoute = createRootRoute({ component: Shell, notFoundComponent: LostPage });

const homeRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/activities", replace: true });
  },
});

const activitiesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/activities",
  validateSearch: readListAddress,
  component: ActivitiesPage,
});

const activityRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/activities/$id",
  validateSearch: readActivityAddress,
  component: lazyRouteComponent(() => import("./page/activity.tsx"), "ActivityPage"),
  pendingComponent: ActivitySkeleton,
  pendingMs: 0,
});

const mapRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/map",
  component: lazyRouteComponent(() => import("./page/map.tsx"), "MapPage"),
});

export function createAppRouter() {
  return createRouter({
    routeTree: rootRoute.addChildren([homeRoute, activitiesRoute, activityRoute, mapRoute]),
    defaultPreload: "intent",
    scrollRestoration: true,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
