// Worker of read-osm.ts: unpacks one blob and decodes it into columns, which move to the caller.

import type { Blob } from "../geo/network/osm/blob.ts";
import { buffersOf, type OsmBlock } from "../geo/network/osm/osm-block.ts";
import { Moved, serve } from "../platform/job/worker-pool.ts";
import { decodeBlob } from "./osm-blob.ts";

serve<Blob, OsmBlock>((blob) => {
  const block = decodeBlob(blob);
  return new Moved(block, buffersOf(block));
});
