/** The measured server as the client sees it: its address, what it uses, and its end. */
import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";

export interface Usage {
  readonly cpuMs: number;
  readonly rssMiB: number;
}

export interface ServerChild {
  readonly url: string;
  usage(): Promise<Usage>;
  stop(): Promise<void>;
}

export async function startServer(mapFolder: string, threads: number): Promise<ServerChild> {
  const child = fork(join(import.meta.dirname, "serve-once.ts"), [mapFolder, String(threads)]);
  const { url } = await nextMessage<{ url: string }>(child);
  return {
    url,
    async usage() {
      const answer = nextMessage<Usage>(child);
      child.send("usage");
      return await answer;
    },
    async stop() {
      const exit = new Promise((resolve) => child.once("exit", resolve));
      child.disconnect();
      await exit;
    },
  };
}

function nextMessage<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void =>
      reject(new Error(`the server ended with ${code}`));
    child.once("exit", onExit);
    child.once("message", (message) => {
      child.off("exit", onExit);
      resolve(message as T);
    });
  });
}
