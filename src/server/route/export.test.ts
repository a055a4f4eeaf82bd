// An export of a long recording beside other requests.
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { storedActivity } from "../../../test/conformance/stored-activity.ts";
import { openTestServer, seedActivities, signedIn } from "../../../test/server.ts";

it("a GPX of many points holds nobody up, and is whole", async () => {
  const rows = 100_000;
  const test = await openTestServer();
  const ann = await signedIn(test, { name: "Ann" });
  const [id] = await seedActivities(test.store, ann.athlete.id, [storedActivity("a", { rows })]);
  const get = (end: string) =>
    test.server.http.inject({ url: `/api/activities/${id}${end}`, headers: ann.headers });
  let turns = 0;
  let isDone = false;
  const count = async (): Promise<void> => {
    for (; !isDone; turns++) await sleep(1);
  };
  const counting = count();
  const answer = await get(".gpx");
  isDone = true;
  await counting;
  expect(turns).toBeGreaterThan(rows / 2000);
  expect(answer.headers["content-type"]).toContain("application/gpx+xml");
  expect(answer.body.match(/<trkpt /g)).toHaveLength(rows);
  expect(answer.body).toMatch(/^<\?xml[\s\S]*<trkseg>\n<trkpt [^\n]*<\/trkpt>\n/);
  expect(answer.body).toMatch(/<\/trkpt>\n<\/trkseg><\/trk><\/gpx>\n$/);
  await test.close();
});
