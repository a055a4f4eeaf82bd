/**
 * Many small POSTs to one server over connections that are kept: some 80 µs of CPU each, a third of
 * `fetch`, which makes streams and watches the signal anew for every request.
 */
import { Agent as HttpAgent, type IncomingHttpHeaders, request as overHttp } from "node:http";
import { Agent as HttpsAgent, request as overHttps } from "node:https";

export interface Posted {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Of refusals: their beginning. What was taken needs no words. */
  readonly text: string;
}

export interface JsonPoster {
  /** Rejects when the server cannot be reached, when it goes silent, and after `close`. */
  post(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<Posted>;
  /** Ends what is on its way. */
  close(): void;
}

export const postDefaults = {
  /** Characters of an answer that are read. */
  textChars: 2000,
  /** Milliseconds without a byte of an answer: a server that writes much may take some. */
  silentMs: 120_000,
} as const;

export function createJsonPoster(): JsonPoster {
  const plain = new HttpAgent({ keepAlive: true });
  const secure = new HttpsAgent({ keepAlive: true });
  const urls = new Map<string, URL>();
  let isClosed = false;
  const parsed = (url: string): URL => {
    let known = urls.get(url);
    if (known === undefined) {
      known = new URL(url);
      urls.set(url, known);
    }
    return known;
  };
  return {
    post(url, headers, body) {
      const { protocol, hostname, port, pathname, search } = parsed(url);
      const options = {
        method: "POST",
        hostname: hostname.replace(/^\[|\]$/g, ""),
        port,
        path: pathname + search,
        headers: {
          "content-type": "application/json",
          "content-length": Buffer.byteLength(body),
          ...headers,
        },
        timeout: postDefaults.silentMs,
      };
      return new Promise((resolve, reject) => {
        if (isClosed) {
          reject(new Error("it was stopped"));
          return;
        }
        const asked =
          protocol === "https:"
            ? overHttps({ ...options, agent: secure })
            : overHttp({ ...options, agent: plain });
        asked.on("response", (answer) => {
          const status = answer.statusCode ?? 0;
          let text = "";
          if (status >= 200 && status < 300) answer.resume();
          else {
            answer.setEncoding("utf8");
            answer.on("data", (part: string) => {
              if (text.length < postDefaults.textChars) text += part;
            });
          }
          answer.on("end", () => resolve({ status, headers: answer.headers, text }));
          answer.on("error", reject);
        });
        asked.on("timeout", () => asked.destroy(new Error("no answer comes")));
        asked.on("error", reject);
        // As text it goes with the headers in one piece.
        asked.end(body);
      });
    },
    close() {
      isClosed = true;
      plain.destroy();
      secure.destroy();
    },
  };
}
