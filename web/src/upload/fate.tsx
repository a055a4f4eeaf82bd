/** The sign of what became of a file: shape and words, not colour alone. */
import { Ban, CircleCheck, Clock3, CloudUpload, Copy, ScanLine, WifiOff } from "lucide-react";
import type { UploadAnswer } from "../../../src/schema/upload.ts";
import type { ItemState } from "./queue.ts";

const SIGNS = {
  waiting: { Sign: Clock3, name: "Waiting", className: "text-ink-3" },
  sending: { Sign: CloudUpload, name: "Sending", className: "text-accent" },
  reading: { Sign: ScanLine, name: "Reading", className: "text-accent" },
  ready: { Sign: CircleCheck, name: "Ready", className: "text-accent" },
  duplicate: { Sign: Copy, name: "Duplicate", className: "text-ink-3" },
  refused: { Sign: Ban, name: "Refused", className: "text-fault" },
  unsent: { Sign: WifiOff, name: "Not sent", className: "text-fault" },
} as const;

export const FATE_NAMES = {
  received: "Waiting to be read",
  processing: "Being read",
  ready: "Ready",
  duplicate: "Was here already",
  failed: "Refused",
} as const satisfies Record<UploadAnswer["status"], string>;

export const FATE_STATES = {
  received: "waiting",
  processing: "reading",
  ready: "ready",
  duplicate: "duplicate",
  failed: "refused",
} as const satisfies Record<UploadAnswer["status"], ItemState>;

export function FateSign({ state }: { state: ItemState }) {
  const { Sign, name, className } = SIGNS[state];
  return <Sign size={17} className={className} role="img" aria-label={name} />;
}
