/** What a person can do about a file that was refused, by the code of the refusal. */
export function adviceFor(code: string | undefined): string {
  switch (code) {
    case "TRACK_EMPTY":
      return "The copy is empty: take it from the device again.";
    case "TRACK_FORMAT":
      return "Export it from the device or service as FIT, GPX or TCX and send that.";
    case "TRACK_NO_RECORD":
      return "There is nothing to show in it: a planned route or a settings file, perhaps.";
    case "TRACK_TOO_LARGE":
      return "Send it in parts.";
    case "ZIP_UNSAFE":
      return "Unpack the archive on your machine and drop the folder instead.";
    case "JOB_FAILED":
    case "TRACK_FAILED":
      return "The file itself is kept; after an update it may be read.";
    default:
      if (isFault(code)) return "The fault is not the file's, which is kept.";
      return "If it came damaged, copy it from the device again and send that copy.";
  }
}

const FAULTS: readonly (string | undefined)[] = [
  ...["JOB_FAILED", "TRACK_FAILED", "SERVER_FAULT"],
  ...["STORE_DAMAGED", "STORE_FULL", "STORE_UNAVAILABLE", "SNAPSHOT_DAMAGED"],
];

/** Whether it was the server that could not read a file: another try may go well. */
export function isFault(code: string | undefined): boolean {
  return FAULTS.includes(code);
}

/** What would have been right, where the sentence itself does not say so. */
export function choicesLeft(refusal: {
  readonly message: string;
  readonly choices: readonly string[];
}): readonly string[] {
  const words = refusal.message.toLowerCase();
  return refusal.choices.every((choice) => words.includes(choice.toLowerCase()))
    ? []
    : refusal.choices;
}
