/**
 * A server of this machine, asked over HTTP with its local token: for commands that find the store open
 * there. Its refusals become errors with its own words.
 */
import { ERROR_CODES, type ErrorCode, WaymarkError } from "../base/index.ts";
import { readServer } from "./server-file.ts";

export interface ServerClient {
  readonly url: string;
  /** @throws WaymarkError as the server says, STORE_LOCKED when it does not answer */
  ask<T>(method: "GET" | "POST" | "PATCH" | "DELETE", path: string, body?: unknown): Promise<T>;
}

/**
 * Does `direct` when the store can be opened, else asks the server that has it open.
 *
 * @throws WaymarkError STORE_LOCKED when whoever has it open is no server
 */
export async function orThroughServer<T>(
  dataFolder: string,
  direct: () => Promise<T>,
  through: (server: ServerClient) => Promise<T>,
): Promise<T> {
  try {
    return await direct();
  } catch (error) {
    const isLocked = error instanceof WaymarkError && error.code === "STORE_LOCKED";
    const server = isLocked ? connect(dataFolder) : undefined;
    if (!server) throw error;
    return await through(server);
  }
}

/** The server that said that it has a folder open; undefined when none did. */
export function connect(dataFolder: string): ServerClient | undefined {
  const server = readServer(dataFolder);
  if (!server) return undefined;
  const { url, token } = server;
  return {
    url,
    async ask<T>(method: string, path: string, body?: unknown): Promise<T> {
      const isForm = body instanceof FormData;
      const answer = await fetch(url + path, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined || isForm ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
      }).catch((cause: unknown) => {
        throw new WaymarkError(
          "STORE_LOCKED",
          `${dataFolder} is open in another process, and its server at ${url} does not answer`,
          { cause },
        );
      });
      if (answer.status === 204) return undefined as T;
      const said = (await answer.json().catch(() => ({}))) as Partial<Refusal>;
      if (answer.ok) return said as T;
      const message = said.message ?? `the server at ${url} answered ${answer.status}`;
      throw new WaymarkError(codeOf(said.code), message, { choices: said.choices ?? [] });
    },
  };
}

interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly choices: readonly string[];
}

function codeOf(code: string | undefined): ErrorCode {
  return code !== undefined && code in ERROR_CODES ? (code as ErrorCode) : "SERVER_FAULT";
}
