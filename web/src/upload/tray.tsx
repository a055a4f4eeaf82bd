/** What is on its way, at the foot of every page: how far each file is, then its fate and a way on. */
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ChevronDown, ChevronUp, X } from "lucide-react";
import { useEffect, useState, useSyncExternalStore } from "react";
import { bytes } from "../unit.ts";
import { adviceFor, choicesLeft } from "./advice.ts";
import { FateSign } from "./fate.tsx";
import { isEnd, type UploadItem, uploadQueue } from "./queue.ts";

/** Rows that are drawn; of a longer list the first that are not done. */
const ROWS_MAX = 60;

export function UploadTray() {
  const items = useSyncExternalStore(uploadQueue.subscribe, uploadQueue.items);
  const [isOpen, setOpen] = useState(true);
  const queries = useQueryClient();
  useEffect(() => {
    uploadQueue.resume();
    return uploadQueue.onFinished(() => {
      void queries.invalidateQueries({ queryKey: ["activities"] });
      void queries.invalidateQueries({ queryKey: ["uploads"] });
    });
  }, [queries]);
  if (items.length === 0) return null;
  const ended = items.filter(({ state }) => isEnd(state)).length;
  const refused = items.filter(({ state }) => state === "refused").length;
  const unsent = items.filter(({ state }) => state === "unsent").length;
  const isDone = ended === items.length;
  const order = [...items].sort((a, b) => Number(isEnd(a.state)) - Number(isEnd(b.state)));
  const shown = items.length > ROWS_MAX ? order.slice(0, ROWS_MAX) : items;
  return (
    <section
      aria-label="Uploads under way"
      data-testid="upload-tray"
      className="box fixed right-3 bottom-[68px] left-3 z-35 flex max-h-[min(26rem,60vh)] flex-col overflow-hidden shadow-2xl sm:left-auto sm:w-96 md:right-6 md:bottom-6"
    >
      <header className="flex items-center gap-1 py-2 pr-2 pl-4">
        <div className="min-w-0 flex-1">
          <h2 className="truncate text-m" aria-live="polite">
            {isDone ? doneWords(items.length, refused) : `${ended} of ${items.length} done`}
          </h2>
          {!isDone && <p className="truncate text-ink-2 text-s">{wordsOf(items, unsent)}</p>}
        </div>
        <button
          type="button"
          aria-label={isOpen ? "Fold the list" : "Show the list"}
          aria-expanded={isOpen}
          className="target grid size-9 place-items-center rounded-box text-ink-2 hover:bg-sunken"
          onClick={() => setOpen(!isOpen)}
        >
          {isOpen ? <ChevronDown size={18} aria-hidden /> : <ChevronUp size={18} aria-hidden />}
        </button>
        {isDone && (
          <button
            type="button"
            aria-label="Close the list of uploads"
            className="target grid size-9 place-items-center rounded-box text-ink-2 hover:bg-sunken"
            onClick={() => uploadQueue.clear()}
          >
            <X size={18} aria-hidden />
          </button>
        )}
      </header>
      <div className="h-0.5 bg-border" aria-hidden>
        <div
          className="h-full bg-accent transition-[width] duration-200"
          style={{ width: `${shareOf(items) * 100}%` }}
        />
      </div>
      {isOpen && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls is scrolled by keys
        <ul tabIndex={0} aria-label="Files" className="overflow-y-auto -outline-offset-2">
          {shown.map((item) => (
            <Row key={item.key} item={item} />
          ))}
          {shown.length < items.length && (
            <li className="px-4 py-3 text-ink-2 text-s">
              and {items.length - shown.length} more, all of them under{" "}
              <Link to="/uploads" search={{}} className="text-accent underline">
                Uploads
              </Link>
            </li>
          )}
        </ul>
      )}
    </section>
  );
}

function Row({ item }: { item: UploadItem }) {
  const { key, name, state, activityIds, message } = item;
  const choices = choicesLeft(item);
  const first = activityIds[0];
  return (
    <li className="flex items-start gap-3 border-border border-b px-4 py-2.5 text-s last:border-b-0">
      <span className="mt-0.5">
        <FateSign state={state} />
      </span>
      <div className="min-w-0 flex-1">
        <p className="name truncate font-medium" title={name}>
          {name}
        </p>
        <p className={state === "refused" || state === "unsent" ? "text-fault" : "text-ink-2"}>
          {stateWords(item)}
        </p>
        {state === "refused" && item.code && <p className="text-ink-2">{adviceFor(item.code)}</p>}
        {choices.length > 0 && <p className="text-ink-2">Right would be: {choices.join(", ")}.</p>}
        {state === "sending" && message && <p className="text-ink-3">{message}</p>}
        {state === "sending" && (
          <div className="mt-1.5 h-1 overflow-hidden rounded-full bg-border" aria-hidden>
            <div
              className="h-full rounded-full bg-accent"
              style={{ width: `${(100 * item.sentBytes) / Math.max(1, item.byteLength)}%` }}
            />
          </div>
        )}
      </div>
      {first && activityIds.length === 1 && (
        <Link
          to="/activities/$id"
          params={{ id: first }}
          search={{}}
          className="button button-low shrink-0"
          aria-label={`Open the activity of ${name}`}
        >
          Open
        </Link>
      )}
      {state === "unsent" && (
        <button
          type="button"
          className="button button-low shrink-0"
          aria-label={`Send again ${name}`}
          onClick={() => uploadQueue.retry(key)}
        >
          Send again
        </button>
      )}
      {(state === "waiting" || state === "sending" || state === "unsent") && (
        <button
          type="button"
          aria-label={`Do not send ${name}`}
          className="target -mr-2 grid size-8 shrink-0 place-items-center rounded-box text-ink-3 hover:bg-sunken hover:text-ink"
          onClick={() => uploadQueue.remove(key)}
        >
          <X size={15} aria-hidden />
        </button>
      )}
    </li>
  );
}

function stateWords({ state, sentBytes, byteLength, activityIds, message }: UploadItem): string {
  switch (state) {
    case "waiting":
      return `Waiting · ${bytes(byteLength)}`;
    case "sending":
      return `Sending · ${bytes(sentBytes)} of ${bytes(byteLength)}`;
    case "reading":
      return "Received · reading";
    case "ready":
      return activityIds.length === 1 ? "Ready" : `Ready · ${activityIds.length} activities`;
    case "duplicate":
      return "Was here already; nothing was added";
    default:
      return message;
  }
}

function wordsOf(items: readonly UploadItem[], unsent: number): string {
  const sending = items.filter(({ state }) => state === "sending" || state === "waiting");
  if (unsent > 0) return `${unsent} could not be sent`;
  if (sending.length === 0) return "Everything is received; you may close the page";
  const left = sending.reduce((sum, item) => sum + item.byteLength - item.sentBytes, 0);
  return `${bytes(left)} to send; keep the page open`;
}

function doneWords(count: number, refused: number): string {
  const files = (n: number): string => `${n} ${n === 1 ? "file" : "files"}`;
  if (refused === 0) return `${files(count)} done`;
  return refused === count ? `${files(count)} refused` : `${files(count)} done, ${refused} refused`;
}

/** Bytes weigh by half, being read by the other half. */
function shareOf(items: readonly UploadItem[]): number {
  let sum = 0;
  for (const { state, sentBytes, byteLength } of items) {
    if (isEnd(state)) sum += 1;
    else if (state === "reading") sum += 0.5;
    else sum += (0.5 * sentBytes) / Math.max(1, byteLength);
  }
  return sum / items.length;
}
