/** The pages and their addresses. Pages beyond the list load when the browser
 * has nothing else to do, or at once when somebody goes there. */
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
import {
  readFeaturesAddress,
  readMemberAddress,
  readMembersAddress,
  readRetentionAddress,
} from "./console/address.ts";
import { ActivitiesPage } from "./page/activities.tsx";
import { ActivitySkeleton } from "./page/activity-skeleton.tsx";
import { LostPage } from "./page/lost.tsx";
import { PageFault } from "./page/page-fault.tsx";
import { SignInPage } from "./page/sign-in.tsx";
import { SignUpPage } from "./page/sign-up.tsx";
import { reach } from "./reach.ts";
import { App } from "./shell/app.tsx";

const LAZY = {
  activity: lazyRouteComponent(() => reach(() => import("./page/activity.tsx")), "ActivityPage"),
  map: lazyRouteComponent(() => reach(() => import("./page/map.tsx")), "MapPage"),
  uploads: lazyRouteComponent(() => reach(() => import("./page/uploads.tsx")), "UploadsPage"),
  settings: lazyRouteComponent(() => reach(() => import("./page/settings.tsx")), "SettingsPage"),
  admin: lazyRouteComponent(() => reach(() => import("./page/admin.tsx")), "AdminPage"),
} as const;

/** Loaded when somebody goes there: most who are signed in see no console. */
const CONSOLE = {
  members: lazyRouteComponent(() => reach(() => import("./console/members.tsx")), "MembersPage"),
  member: lazyRouteComponent(() => reach(() => import("./console/member.tsx")), "MemberPage"),
  retention: lazyRouteComponent(
    () => reach(() => import("./console/retention.tsx")),
    "RetentionPage",
  ),
  models: lazyRouteComponent(() => reach(() => import("./console/models.tsx")), "ModelsPage"),
  model: lazyRouteComponent(() => reach(() => import("./console/model.tsx")), "ModelPage"),
  features: lazyRouteComponent(() => reach(() => import("./console/features.tsx")), "FeaturesPage"),
} as const;

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
  component: LAZY.activity,
  pendingComponent: ActivitySkeleton,
  pendingMs: 0,
});

const mapRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/map",
  component: LAZY.map,
});

const uploadsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/uploads",
  validateSearch: readUploadsAddress,
  component: LAZY.uploads,
});

const settingsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/settings",
  component: LAZY.settings,
});

const adminRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/admin",
  component: LAZY.admin,
});

const membersRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/members",
  validateSearch: readMembersAddress,
  component: CONSOLE.members,
});

const memberRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/members/$id",
  validateSearch: readMemberAddress,
  component: CONSOLE.member,
});

const retentionRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/retention",
  validateSearch: readRetentionAddress,
  component: CONSOLE.retention,
});

const modelsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/models",
  component: CONSOLE.models,
});

const modelRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/models/$model/$version",
  component: CONSOLE.model,
});

const featuresRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/features",
  validateSearch: readFeaturesAddress,
  component: CONSOLE.features,
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

/** Some thirty kilobytes in all: while nothing else is to do, so that no page waits for its code. */
export function loadPages(): void {
  for (const page of Object.values(LAZY)) void page.preload?.();
}

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
      membersRoute,
      memberRoute,
      retentionRoute,
      modelsRoute,
      modelRoute,
      featuresRoute,
      signInRoute,
      signUpRoute,
    ]),
    defaultPreload: "intent",
    defaultErrorComponent: PageFault,
    scrollRestoration: true,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
