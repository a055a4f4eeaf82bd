// The order of test files: those that run other programs first, so that none of them is left alone at
// the end with one core while the other has nothing to do. Without it a fresh clone starts with the
// largest files, and ends with the longest.
import { relative } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Longest first; the rest comes after them as vitest orders it. */
const SLOW = ["test/fault/kill", "test/e2e", "test/cli", "test/fault", "src/jobs", "test"];

export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const path = relative(this.ctx.config.root, moduleId);
      const at = SLOW.findIndex((start) => path.startsWith(start));
      return at < 0 ? SLOW.length : at;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}
