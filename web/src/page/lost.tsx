/** An address that is no page. */
import { Link } from "@tanstack/react-router";
import { Empty } from "../part/state.tsx";

export function LostPage() {
  return (
    <Empty
      picture={<img src="/mark.svg" alt="" width={56} height={56} className="opacity-80" />}
      title="No path leads here"
    >
      <p>The address may be old or mistyped.</p>
      <Link to="/activities" className="button">
        To the activities
      </Link>
    </Empty>
  );
}
