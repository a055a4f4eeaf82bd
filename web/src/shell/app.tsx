/**
 * What stands above every page: who is signed in decides between the shell and the sign-in, to which
 * one is led with the way back kept in the address.
 */
import { useQuery } from "@tanstack/react-query";
import { Navigate, Outlet, useLocation, useMatches } from "@tanstack/react-router";
import { Failed } from "../part/state.tsx";
import { Toasts } from "../part/toast.tsx";
import { sessionQuery } from "../session.ts";
import { Shell } from "./shell.tsx";

const DOORS = ["/sign-in", "/sign-up"];

export function App() {
  return (
    <>
      <Inside />
      <Toasts />
    </>
  );
}

function Inside() {
  const { data: session, error, refetch } = useQuery(sessionQuery);
  const { pathname, href } = useLocation();
  // The address changes before the page does: a page behind the door must not be drawn in between.
  const page = useMatches({ select: (matches) => matches.at(-1)?.routeId });
  if (DOORS.includes(pathname)) {
    if (page !== pathname) return null;
    if (session?.me && pathname === "/sign-in")
      return <Navigate to="/activities" search={{}} replace />;
    return (
      <main id="content">
        <Outlet />
      </main>
    );
  }
  if (!session) {
    if (error) {
      return (
        <main id="content">
          <Failed error={error} retry={() => void refetch()} what="page" />
        </main>
      );
    }
    return <div className="min-h-dvh" role="status" aria-label="Loading" />;
  }
  if (!session.me) {
    const isHome = pathname === "/" || href === "/activities";
    return <Navigate to="/sign-in" search={isHome ? {} : { next: href }} replace />;
  }
  return <Shell me={session.me} />;
}
