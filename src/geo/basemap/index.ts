export {
  type BasemapOptions,
  cutBasemap,
  MAX_BASEMAP_ZOOM,
  OSM_ATTRIBUTION,
} from "./cut.ts";
