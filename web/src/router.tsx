/** The pages and their addresses. The page of one activity, with map and charts, loads on demand. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from "@tanstack/react-router";
import {
  readActivityAddress,
  readListAddress,
  readSignInAddress,
  readSignUpAddress,
  readUploadsAddress,
} from "./address.ts";
import { ActivitiesPage } from "./page/activities.tsx";
import { ActivitySkeleton } from "./page/activity-skeleton.tsx";
import { LostPage } from "./page/lost.tsx";
import { SignInPage } from "./page/sign-in.tsx";
import { SignUpPage } from "./page/sign-up.tsx";
import { App } from "./shell/app.tsx";

const rootRoute = createRootRoute({ component: App, notFoundComponent: LostPage });

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

const uploadsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/uploads",
  validateSearch: readUploadsAddress,
  component: lazyRouteComponent(() => import("./page/uploads.tsx"), "UploadsPage"),
});

const settingsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/settings",
  component: lazyRouteComponent(() => import("./page/settings.tsx"), "SettingsPage"),
});

const adminRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/admin",
  component: lazyRouteComponent(() => import("./page/admin.tsx"), "AdminPage"),
});

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-in",
  validateSearch: readSignInAddress,
  component: SignInPage,
});

const signUpRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-up",
  validateSearch: readSignUpAddress,
  component: SignUpPage,
});

export function createAppRouter() {
  return createRouter({
    routeTree: rootRoute.addChildren([
      homeRoute,
      activitiesRoute,
      activityRoute,
      mapRoute,
      uploadsRoute,
      settingsRoute,
      adminRoute,
      signInRoute,
      signUpRoute,
    ]),
    defaultPreload: "intent",
    scrollRestoration: true,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
