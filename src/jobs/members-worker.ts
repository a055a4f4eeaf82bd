/**
 * The thread from which a simulated world of members is sent: living its days, signing and writing
 * requests is as much work as answering them, and that is the server's thread's. Progress goes out by a
 * port, and the wish to stop comes in by it.
 */
import type { MessagePort } from "node:worker_threads";
import { serve } from "../platform/job/worker-pool.ts";
import type { MemberWorldOptions } from "../sim/member/index.ts";
import { type MemberDoors, type Sent, simulateMembers } from "./simulate-members.ts";

export interface MembersOrder {
  readonly doors: MemberDoors;
  readonly world: MemberWorldOptions;
  readonly noteFile: string;
  /** Tells days that arrived and all; anything that comes in by it stops the sending. */
  readonly port: MessagePort;
}

serve<MembersOrder, Sent>(async ({ port, ...order }) => {
  const stopping = new AbortController();
  port.once("message", () => stopping.abort());
  try {
    return await simulateMembers({
      ...order,
      signal: stopping.signal,
      onProgress: (done, total) => port.postMessage([done, total]),
    });
  } finally {
    port.close();
  }
});
