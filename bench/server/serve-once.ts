// A server in a process of its own, so that the client's work is not counted as its own. Told the
// map folder and threads on the command line; says its address, and its use of CPU and memory when asked.
import { openMatching } from "../../src/server/osrm/matching.ts";
import { openTestServer } from "../../test/server.ts";

const [mapFolder = "", threads = "1"] = process.argv.slice(2);
const onFault = (error: unknown): void => console.error(error);
const matching = openMatching({ mapFolder, threads: Number(threads), onFault });
const { server } = await openTestServer({
  mapFolder,
  webFolder: mapFolder,
  matching,
  onFault,
});
const url = await server.start(0);
process.send?.({ url });
process.on("message", () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuMs: (user + system) / 1000, rssMiB: process.memoryUsage.rss() / 2 ** 20 });
});
process.on("disconnect", () => process.exit());
