import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { createJsonPoster } from "./post-json.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("a poster of JSON", () => {
  it("sends the bytes and headers, and keeps its connection", async () => {
    const bodies: string[] = [];
    const ports = new Set<number | undefined>();
    const url = await listen(async (request, response) => {
      let body = "";
      for await (const part of request.setEncoding("utf8")) body += part;
      bodies.push(`${request.url} ${request.headers["x-key"]} ${body}`);
      ports.add(request.socket.remotePort);
      response.end("{}");
    });
    const poster = createJsonPoster();
    for (const name of ["Zoë", "Bo"]) {
      const body = JSON.stringify({ name });
      expect(await poster.post(`${url}/in?a=1`, { "x-key": "k" }, body)).toMatchObject({
        status: 200,
      });
    }
    poster.close();
    expect(bodies).toEqual(['/in?a=1 k {"name":"Zoë"}', '/in?a=1 k {"name":"Bo"}']);
    expect(ports.size).toBe(1);
  });

  it("tells a refusal with its words and headers", async () => {
    const url = await listen((_request, response) => {
      response.writeHead(429, { "retry-after": "7" }).end("come back");
    });
    const poster = createJsonPoster();
    const answer = await poster.post(url, {}, "{}");
    poster.close();
    expect(answer).toMatchObject({ status: 429, text: "come back" });
    expect(answer.headers["retry-after"]).toBe("7");
  });

  it("rejects what cannot arrive, what is cut off, and everything once it is closed", async () => {
    const poster = createJsonPoster();
    const url = await listen((request) => request.socket.destroy());
    await expect(poster.post(url, {}, "{}")).rejects.toThrow();
    const silent = await listen(() => {});
    const waiting = poster.post(silent, {}, "{}");
    setTimeout(() => poster.close(), 50);
    await expect(waiting).rejects.toThrow();
    await expect(poster.post(silent, {}, "{}")).rejects.toThrow("it was stopped");
  });
});
