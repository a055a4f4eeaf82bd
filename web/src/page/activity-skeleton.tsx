/** The page of one activity before it is there: bones of the right size, so that nothing jumps. */
export function ActivitySkeleton() {
  return (
    <div
      role="status"
      aria-label="Loading the activity"
      className="mx-auto max-w-[1280px] px-4 pt-4 md:px-8 md:pt-6"
    >
      <div className="bone mt-1 mb-2 h-4 w-20" />
      <div className="bone h-8 w-72 max-w-full" />
      <div className="bone mt-3 mb-5 h-4 w-52" />
      <div className="bone mb-4 h-11 w-64 md:hidden" />
      <div className="box overflow-hidden">
        <div className="h-[46vh] min-h-72 bg-sunken md:h-[58vh]">
          <MapWait />
        </div>
        <div className="flex items-center border-border border-t px-3 py-2.5 md:px-4">
          <div className="bone h-[122px] w-40 md:h-9" />
        </div>
      </div>
      <div className="mt-5 flex gap-10">
        {[1, 2, 3, 4, 5].map((i) => (
          <div key={i} className="bone h-12 w-24" />
        ))}
      </div>
      <div className="bone mt-5 h-64 rounded-box" />
    </div>
  );
}

/** Where a map will be: its program is the largest part of the app, once. */
export function MapWait() {
  return (
    <div className="grid size-full place-items-center">
      <p className="text-ink-2 text-s">The map is loading…</p>
    </div>
  );
}
