/** The page of one activity before it is there: bones of the right size, so that nothing jumps. */
export function ActivitySkeleton() {
  return (
    <div
      role="status"
      aria-label="Loading the activity"
      className="mx-auto max-w-[1280px] px-4 pt-6 md:px-8"
    >
      <div className="bone mb-2 h-8 w-72 max-w-full" />
      <div className="bone mb-5 h-4 w-52" />
      <div className="bone h-[46vh] rounded-box md:h-[58vh]" />
      <div className="mt-5 flex gap-10">
        {[1, 2, 3, 4, 5].map((i) => (
          <div key={i} className="bone h-10 w-24" />
        ))}
      </div>
      <div className="bone mt-6 h-64 rounded-box" />
    </div>
  );
}
