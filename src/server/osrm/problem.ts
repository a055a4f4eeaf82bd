/**
 * A refusal in OSRM's words: `{code, message}` with status 400, and ours beside it: 503 and 429 with
 * Retry-After where the same question may be answered later.
 */
import type { OsrmCode, OsrmProblemAnswer } from "../../schema/osrm.ts";

const STATUS: Partial<Record<OsrmCode, number>> = {
  DisabledDataset: 503,
  Busy: 503,
  TooManyRequests: 429,
  ServerFault: 500,
};

export class OsrmProblem extends Error {
  override readonly name = "OsrmProblem";
  readonly code: OsrmCode;
  readonly choices: readonly string[];

  constructor(code: OsrmCode, message: string, choices: readonly string[] = []) {
    super(message);
    this.code = code;
    this.choices = choices;
  }

  get status(): number {
    return STATUS[this.code] ?? 400;
  }

  toJSON(): OsrmProblemAnswer {
    const { code, message, choices } = this;
    return { code, message, ...(choices.length > 0 && { choices: [...choices] }) };
  }
}
