/** Where the page begins: queries, router, root. */
import "./token.css";
import { QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ApiError } from "./api.ts";
import { createAppRouter, loadPages } from "./router.tsx";
import { endSession } from "./session.ts";

const queries: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    onError(error) {
      // A session that ended elsewhere: the shell leads to the sign-in and back again.
      if (error instanceof ApiError && error.code === "SIGN_IN_NEEDED") endSession(queries);
    },
  }),
  defaultOptions: {
    queries: {
      // A refusal is an answer; only a server that was not reached is asked again.
      retry: (count, error) => error instanceof ApiError && error.code === "OFFLINE" && count < 2,
      refetchOnWindowFocus: false,
      // A browser without the internet may still reach a server of its own house: it is asked.
      networkMode: "always",
    },
  },
});

const root = document.getElementById("root");
if (!root) throw new Error("bug: the page has no root");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <RouterProvider router={createAppRouter()} />
    </QueryClientProvider>
  </StrictMode>,
);
// Not every browser says when it has nothing to do.
if ("requestIdleCallback" in window) requestIdleCallback(loadPages, { timeout: 5000 });
else setTimeout(loadPages, 2000);
