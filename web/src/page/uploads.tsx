/** Every file that was sent and its fate: the activity that came of it, or why it was refused. */
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useEffect } from "react";
import type { UploadAnswer } from "../../../src/schema/upload.ts";
import { send, sentenceOf, uploadsQuery } from "../api.ts";
import { Empty, Failed } from "../part/state.tsx";
import { bytes, grouped } from "../unit.ts";
import { adviceFor, choicesLeft, isFault } from "../upload/advice.ts";
import { FATE_NAMES, FATE_STATES, FateSign } from "../upload/fate.tsx";
import { PickFiles } from "../upload/pick.tsx";
import { fullWhen, when } from "../when.ts";

const route = getRouteApi("/uploads");

export function UploadsPage() {
  const { show } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useInfiniteQuery(uploadsQuery(show ?? "all"));
  useEffect(() => {
    document.title = "Uploads · Waymark";
  }, []);
  const counts = list.data?.pages[0]?.counts;
  const all = counts ? Object.values(counts).reduce((sum, n) => sum + n, 0) : 0;
  const reading = counts ? counts.received + counts.processing : 0;
  const uploads = list.data?.pages.flatMap((page) => page.uploads) ?? [];
  return (
    <div className="mx-auto max-w-[980px] px-4 pt-6 md:px-8 md:pt-9">
      <header className="mb-5 flex flex-wrap items-end justify-between gap-x-6 gap-y-4">
        <div>
          <h1>Uploads</h1>
          {(!counts || all > 0) && (
            // Its line is kept free while the list loads, so that nothing jumps.
            <p className="mt-1 min-h-[1.125rem] text-ink-2 text-s" aria-live="polite">
              {counts && `${grouped(all)} ${all === 1 ? "file" : "files"}`}
              {reading > 0 && `, ${grouped(reading)} still to be read`}
            </p>
          )}
        </div>
        <PickFiles />
      </header>
      {all > 0 && counts && (
        <fieldset className="mb-4 flex gap-2">
          <legend className="sr-only">Which files</legend>
          <button
            type="button"
            className="button"
            aria-pressed={!show}
            onClick={() => void navigate({ search: {}, replace: true })}
          >
            All <span className="text-ink-2">{grouped(all)}</span>
          </button>
          <button
            type="button"
            className="button"
            aria-pressed={show === "failed"}
            onClick={() => void navigate({ search: { show: "failed" }, replace: true })}
          >
            Refused <span className="text-ink-2">{grouped(counts.failed)}</span>
          </button>
        </fieldset>
      )}
      {list.error && !list.data ? (
        <Failed error={list.error} retry={() => void list.refetch()} what="list of uploads" />
      ) : list.isPending ? (
        <Bones />
      ) : all === 0 ? (
        <Empty picture={<FilesPicture />} title="Nothing was uploaded yet">
          <p>
            Drop device files anywhere on the page: FIT, GPX and TCX, folders of them, or the
            archive that another service gave you.
          </p>
        </Empty>
      ) : uploads.length === 0 ? (
        <Empty picture={<FilesPicture />} title="No file was refused">
          <p>Everything that came could be read.</p>
        </Empty>
      ) : (
        <>
          <ul className="border-border border-t">
            {uploads.map((upload) => (
              <Row key={upload.id} upload={upload} />
            ))}
          </ul>
          {list.hasNextPage && (
            <div className="py-6 text-center">
              <button
                type="button"
                className="button"
                disabled={list.isFetchingNextPage}
                onClick={() => void list.fetchNextPage()}
              >
                {list.isFetchingNextPage ? "Loading more…" : "Show more"}
              </button>
            </div>
          )}
        </>
      )}
    </div>
  );
}

/** Links to single activities of an archive; the rest are in the list of activities. */
const LINKS_MAX = 4;

function Row({ upload }: { upload: UploadAnswer }) {
  const { fileName, byteLength, status, error, activityIds, createdMs } = upload;
  return (
    <li className="grid grid-cols-[20px_minmax(0,1fr)_auto] items-start gap-x-3 gap-y-1 border-border border-b py-3 text-s">
      <span className="mt-0.5">
        <FateSign state={FATE_STATES[status]} />
      </span>
      <div className="min-w-0">
        <p className="name truncate font-medium text-m" title={fileName}>
          {fileName || "unnamed file"}
        </p>
        <p className="mt-0.5 text-ink-2">
          {FATE_NAMES[status]}
          {status === "ready" && activityIds.length > 1 && ` · ${activityIds.length} activities`}
          <span className="text-ink-3">
            {" "}
            · {bytes(byteLength)} ·{" "}
            <time dateTime={new Date(createdMs).toISOString()} title={fullWhen(createdMs)}>
              {when(createdMs, Date.now())}
            </time>
          </span>
        </p>
        {error && (
          <p className={`mt-1.5 max-w-prose ${status === "failed" ? "text-fault" : "text-ink-2"}`}>
            {sentenceOf(new Error(error.message))}
            {choicesLeft(error).length > 0 && ` Right would be: ${choicesLeft(error).join(", ")}.`}
          </p>
        )}
        {status === "failed" && <p className="mt-0.5 text-ink-2">{adviceFor(error?.code)}</p>}
      </div>
      {status === "failed" && error && isFault(error.code) && (
        <TryAgain id={upload.id} fileName={fileName} />
      )}
      {activityIds.length > 0 && (
        <div
          className={`flex flex-wrap gap-2 ${activityIds.length > 1 ? "max-sm:col-span-2 max-sm:col-start-2" : ""}`}
        >
          {activityIds
            .slice(0, activityIds.length > LINKS_MAX ? LINKS_MAX - 1 : LINKS_MAX)
            .map((id, i) => (
              <Link
                key={id}
                to="/activities/$id"
                params={{ id }}
                search={{}}
                className="button button-low"
                aria-label={`Open ${activityIds.length === 1 ? "" : i + 1} ${fileName}`.replace(
                  "  ",
                  " ",
                )}
              >
                {activityIds.length === 1 ? "Open" : `Open ${i + 1}`}
              </Link>
            ))}
          {activityIds.length > LINKS_MAX && (
            <Link to="/activities" search={{}} className="button button-low">
              and {activityIds.length - LINKS_MAX + 1} more
            </Link>
          )}
        </div>
      )}
    </li>
  );
}

/** Of a file that was kept and not read: the fault may have passed. */
function TryAgain({ id, fileName }: { id: string; fileName: string }) {
  const queries = useQueryClient();
  const retry = useMutation({
    mutationFn: () => send<UploadAnswer>("POST", `/api/uploads/${id}/retry`),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["uploads"] }),
  });
  return (
    <div className="text-right">
      <button
        type="button"
        className="button button-low"
        aria-label={`Try again to read ${fileName}`}
        disabled={retry.isPending}
        onClick={() => retry.mutate()}
      >
        Try again
      </button>
      {retry.error && (
        <p role="alert" className="mt-1 max-w-48 text-fault">
          {sentenceOf(retry.error)}
        </p>
      )}
    </div>
  );
}

function FilesPicture() {
  return (
    <svg width="132" height="96" viewBox="0 0 132 96" fill="none" role="presentation">
      <rect
        x="18"
        y="20"
        width="56"
        height="68"
        rx="7"
        className="fill-sunken stroke-border-strong"
      />
      <rect
        x="56"
        y="8"
        width="56"
        height="68"
        rx="7"
        className="fill-surface stroke-border-strong"
      />
      <path
        d="M66 60c6-2 8-14 14-12s6 4 11 1 4-13 11-15"
        stroke="var(--line)"
        strokeWidth="3"
        strokeLinecap="round"
      />
    </svg>
  );
}

function Bones() {
  return (
    <div role="status" aria-label="Loading the uploads">
      {[1, 2, 3, 4, 5, 6].map((i) => (
        <div key={i} className="flex items-center gap-4 border-border border-b py-4">
          <div className="bone size-5 rounded-full" />
          <div className="grid flex-1 gap-2">
            <div className="bone h-4 w-2/5" />
            <div className="bone h-3 w-1/4" />
          </div>
        </div>
      ))}
    </div>
  );
}
