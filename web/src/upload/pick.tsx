/** The button that chooses files, and the sheet over the page while files are dragged across it. */
import { Upload } from "lucide-react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { filesOf } from "./dropped.ts";
import { uploadQueue } from "./queue.ts";

/** What a file chooser offers; phones know none of these names, so it stays open to others there. */
const ACCEPT = ".fit,.gpx,.tcx,.zip,.gz";

export function PickFiles(props: { className?: string; children?: ReactNode }) {
  const field = useRef<HTMLInputElement>(null);
  const isTouch = matchMedia("(pointer: coarse)").matches;
  return (
    <>
      <button
        type="button"
        className={props.className ?? "button button-main"}
        onClick={() => field.current?.click()}
      >
        {props.children ?? (
          <>
            <Upload size={16} aria-hidden /> Upload
          </>
        )}
      </button>
      <input
        ref={field}
        type="file"
        multiple
        hidden
        data-testid="pick-files"
        aria-label="Files to upload"
        {...(isTouch ? {} : { accept: ACCEPT })}
        onChange={(event) => {
          uploadQueue.add([...(event.currentTarget.files ?? [])]);
          // The same file may be chosen again.
          event.currentTarget.value = "";
        }}
      />
    </>
  );
}

/** Takes files that are dropped anywhere on the page. */
export function DropSheet() {
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    let depth = 0;
    const hasFiles = (event: DragEvent): boolean =>
      event.dataTransfer?.types.includes("Files") ?? false;
    const enter = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      depth++;
      setOver(true);
    };
    const leave = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      depth = Math.max(0, depth - 1);
      if (depth === 0) setOver(false);
    };
    const over = (event: DragEvent): void => {
      if (hasFiles(event)) event.preventDefault();
    };
    const drop = (event: DragEvent): void => {
      if (!hasFiles(event) || !event.dataTransfer) return;
      event.preventDefault();
      depth = 0;
      setOver(false);
      void filesOf(event.dataTransfer).then(uploadQueue.add);
    };
    window.addEventListener("dragenter", enter);
    window.addEventListener("dragleave", leave);
    window.addEventListener("dragover", over);
    window.addEventListener("drop", drop);
    return () => {
      window.removeEventListener("dragenter", enter);
      window.removeEventListener("dragleave", leave);
      window.removeEventListener("dragover", over);
      window.removeEventListener("drop", drop);
    };
  }, []);
  if (!isOver) return null;
  return (
    <div className="pointer-events-none fixed inset-0 z-60 grid place-items-center bg-canvas/85 p-4 backdrop-blur-sm md:p-8">
      <div className="grid size-full place-content-center justify-items-center gap-3 rounded-[16px] border-2 border-accent border-dashed text-center">
        <Upload size={36} strokeWidth={1.6} className="text-accent" aria-hidden />
        <p className="font-semibold text-l">Drop to upload</p>
        <p className="text-ink-2">FIT, GPX and TCX, folders of them, or a whole Strava archive</p>
      </div>
    </div>
  );
}
