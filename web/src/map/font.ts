/**
 * The map's letters: Noto Sans from its npm package, cut by script, drawn to glyphs in the browser.
 * No glyph server is asked. Ranges are those of the package's own style sheet.
 */
import cyrillicItalic from "@fontsource/noto-sans/files/noto-sans-cyrillic-400-italic.woff2?url";
import cyrillicRegular from "@fontsource/noto-sans/files/noto-sans-cyrillic-400-normal.woff2?url";
import cyrillicBold from "@fontsource/noto-sans/files/noto-sans-cyrillic-600-normal.woff2?url";
import greekItalic from "@fontsource/noto-sans/files/noto-sans-greek-400-italic.woff2?url";
import greekRegular from "@fontsource/noto-sans/files/noto-sans-greek-400-normal.woff2?url";
import greekBold from "@fontsource/noto-sans/files/noto-sans-greek-600-normal.woff2?url";
import latinItalic from "@fontsource/noto-sans/files/noto-sans-latin-400-italic.woff2?url";
import latinRegular from "@fontsource/noto-sans/files/noto-sans-latin-400-normal.woff2?url";
import latinBold from "@fontsource/noto-sans/files/noto-sans-latin-600-normal.woff2?url";
import latinExtItalic from "@fontsource/noto-sans/files/noto-sans-latin-ext-400-italic.woff2?url";
import latinExtRegular from "@fontsource/noto-sans/files/noto-sans-latin-ext-400-normal.woff2?url";
import latinExtBold from "@fontsource/noto-sans/files/noto-sans-latin-ext-600-normal.woff2?url";
import type { FontFacesSpecification } from "maplibre-gl";

const LATIN = ["U+0000-00FF", "U+0131", "U+0152-0153", "U+02BB-02BC", "U+2000-206F", "U+20AC"];
const LATIN_EXT = ["U+0100-0130", "U+0132-0151", "U+0154-02BA", "U+1E00-1E9F", "U+1EF2-1EFF"];
const CYRILLIC = ["U+0301", "U+0400-045F", "U+0490-0491", "U+04B0-04B1", "U+2116"];
const GREEK = ["U+0370-03FF"];

const absolute = (url: string): string => new URL(url, document.baseURI).href;

function face(latin: string, latinExt: string, cyrillic: string, greek: string) {
  return [
    { url: absolute(latin), "unicode-range": LATIN },
    { url: absolute(latinExt), "unicode-range": LATIN_EXT },
    { url: absolute(cyrillic), "unicode-range": CYRILLIC },
    { url: absolute(greek), "unicode-range": GREEK },
  ];
}

export const REGULAR = "Waymark Regular";
export const BOLD = "Waymark Bold";
export const ITALIC = "Waymark Italic";

export function fontFaces(): FontFacesSpecification {
  return {
    [REGULAR]: face(latinRegular, latinExtRegular, cyrillicRegular, greekRegular),
    [BOLD]: face(latinBold, latinExtBold, cyrillicBold, greekBold),
    [ITALIC]: face(latinItalic, latinExtItalic, cyrillicItalic, greekItalic),
  };
}
