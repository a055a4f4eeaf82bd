/** The drawn town as OSM XML 0.6, the form that every OpenStreetMap tool reads. */
import { UNITS_PER_DEGREE } from "../../geo/lonlat.ts";
import type { Tags } from "./line.ts";
import type { OsmDraft } from "./osm-draft.ts";

/** @param generator stands in the file's head */
export function writeOsmXml(osm: OsmDraft, generator = "waymark-sim"): string {
  const out: string[] = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<osm version="0.6" generator="${escapeXml(generator)}" timestamp="${new Date(osm.timestampMs).toISOString()}">`,
  ];
  const put = (head: string, tags: Tags | undefined, inner: string): void => {
    let body = inner;
    for (const key in tags) body += `<tag k="${escapeXml(key)}" v="${escapeXml(tags[key]!)}"/>`;
    const name = head.slice(1, head.indexOf(" "));
    out.push(body === "" ? `${head}/>` : `${head}>${body}</${name}>`);
  };
  for (let i = 0; i < osm.nodeCount; i++) {
    const lon = (osm.nodeLon[i]! / UNITS_PER_DEGREE).toFixed(7);
    const lat = (osm.nodeLat[i]! / UNITS_PER_DEGREE).toFixed(7);
    const id = osm.firstNodeId + i;
    put(`<node id="${id}" version="1" lon="${lon}" lat="${lat}"`, osm.nodeTags.get(id), "");
  }
  for (const way of osm.ways) {
    let refs = "";
    for (const ref of way.refs) refs += `<nd ref="${ref}"/>`;
    put(`<way id="${way.id}" version="1"`, way.tags, refs);
  }
  for (const relation of osm.relations) {
    let members = "";
    for (const m of relation.members)
      members += `<member type="${m.type}" ref="${m.ref}" role="${escapeXml(m.role)}"/>`;
    put(`<relation id="${relation.id}" version="1"`, relation.tags, members);
  }
  out.push("</osm>\n");
  return out.join("\n");
}

export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
