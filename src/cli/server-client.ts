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
  /** An answer that is no JSON, as it comes. @throws like `ask`, and while it is read */
  open(path: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
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
  const authorization = `Bearer ${token}`;
  const send = async (path: string, options: RequestInit): Promise<Response> => {
    const answer = await fetch(url + path, options).catch((cause: unknown) => {
      throw new WaymarkError(
        "STORE_LOCKED",
        `${dataFolder} is open in another process, and its server at ${url} does not answer`,
        { cause },
      );
    });
    if (answer.ok) return answer;
    const said = (await answer.json().catch(() => ({}))) as Partial<Refusal>;
    const message = said.message ?? `the server at ${url} answered ${answer.status}`;
    throw new WaymarkError(codeOf(said.code), message, { choices: said.choices ?? [] });
  };
  return {
    url,
    async ask<T>(method: string, path: string, body?: unknown): Promise<T> {
      const isForm = body instanceof FormData;
      const answer = await send(path, {
        method,
        headers: {
          authorization,
          ...(body === undefined || isForm ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
      });
      if (answer.status === 204) return undefined as T;
      return (await answer.json().catch(() => ({}))) as T;
    },
    async open(path, signal) {
      const { body } = await send(path, { headers: { authorization }, signal });
      return chunksOf(body!, url);
    },
  };
}

async function* chunksOf(
  body: NonNullable<Response["body"]>,
  url: string,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (cause) {
    throw new WaymarkError("SERVER_FAULT", `the server at ${url} broke off; its log says why`, {
      cause,
    });
  }
}

interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly choices: readonly string[];
}

function codeOf(code: string | undefined): ErrorCode {
  return code !== undefined && code in ERROR_CODES ? (code as ErrorCode) : "SERVER_FAULT";
}
