/** A page whose code could not be loaded, or that broke: the rest of the app stays where it is. */
import type { ErrorComponentProps } from "@tanstack/react-router";
import { Failed } from "../part/state.tsx";
import { tell } from "../part/toast.tsx";
import { isServerThere } from "../reach.ts";

export function PageFault({ error }: ErrorComponentProps) {
  const retry = async (): Promise<void> => {
    // Only then: a page that is asked for in vain would be gone.
    if (await isServerThere()) window.location.reload();
    else tell({ text: "The server does not answer yet.", isFault: true });
  };
  return <Failed error={error} retry={() => void retry()} what="page" />;
}
