/** A world of members as its app and its payment processor tell of it, day by day. */
import { MemberWorld, type MemberWorldOptions } from "./member-world.ts";
import { Reporter, type WorldDay } from "./reporter.ts";

/** A world that can be asked for its truth while it goes on, and what arrives on each of its days. */
export interface ReportedWorld {
  readonly world: MemberWorld;
  /** Oldest first; nothing is lived before it is asked for. Days on which nothing arrives are told too. */
  readonly days: Generator<WorldDay, void, undefined>;
}

export function reportWorld(options: MemberWorldOptions): ReportedWorld {
  // The reporter needs the world's days, and the world its witness.
  const { firstDay, codesDay } = new MemberWorld({ ...options, members: 0, known: [] });
  const reporter = new Reporter({ firstDay, codesDay, until: options.until });
  const world = new MemberWorld(options, reporter);
  return { world, days: live(world, reporter) };
}

function* live(world: MemberWorld, reporter: Reporter): Generator<WorldDay, void, undefined> {
  for (let { day } = world; world.step(); { day } = world) yield reporter.take(day);
}
