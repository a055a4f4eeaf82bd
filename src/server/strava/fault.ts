/** Refusals in Strava's shape, with our code and choices beside. */
import type { Refusal } from "../error-answer.ts";

const WORD: Readonly<Record<number, string>> = {
  401: "invalid",
  403: "forbidden",
  404: "not found",
  409: "exists",
  413: "too large",
  429: "exceeded",
};

/** @param resource what was asked for: "Activity", "Upload", "Athlete" */
export function toStravaFault({ status, code, message, choices }: Refusal, resource: string) {
  const isDoor = status === 401 || status === 429;
  return {
    message,
    errors: [
      {
        resource: isDoor ? "Application" : resource,
        field: status === 401 ? "access_token" : status === 429 ? "rate limit" : fieldOf(message),
        code: WORD[status] ?? (status >= 500 ? "internal" : "invalid"),
      },
    ],
    code,
    ...(choices.length > 0 ? { choices } : {}),
  };
}

/** Our sentences put the field in quotes first: `'keys' of the query: …`. */
function fieldOf(message: string): string {
  return /^'([\w.]{1,40})'/.exec(message)?.[1] ?? "";
}
