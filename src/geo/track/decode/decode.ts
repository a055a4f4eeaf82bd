/**
 * Bytes of a device file to recordings, in whatever of the known formats they are. The content
 * decides, the name is only compared with it. Everything readable is kept; what was lost or bridged
 * stands in the repairs. Pure: no file, no clock.
 */
import { WaymarkError } from "../../../base/index.ts";
import type { DecodedFile, FileFormat, Recording } from "../recording.ts";
import { type Detected, detectFormat } from "./detect.ts";
import { decodeFit } from "./fit-recording.ts";
import { decodeGpx } from "./gpx.ts";
import { createLedger, type Ledger, type ReadingCode } from "./ledger.ts";
import { decodeTcx } from "./tcx.ts";
import { formatMiB, gunzipBounded } from "./unpack.ts";
import type { XmlOutcome } from "./xml.ts";

export const decodeDefaults = {
  /** Largest file taken, in bytes: a hundred times the largest real recording that we know. */
  maxBytes: 256 * 2 ** 20,
  /** A gzip file may unpack to this many times `maxBytes`. */
  unpackedRatio: 2,
} as const;

export interface DecodeOptions {
  /** Largest size of the file in bytes; unpacked it may be twice as large. */
  readonly maxBytes?: number;
}

const EXPECTED = "a recording is a FIT, GPX or TCX file, plain or gzipped";

/**
 * @param fileName only its extension is used, to tell when it does not fit the content
 * @throws WaymarkError TRACK_EMPTY, TRACK_FORMAT, TRACK_TOO_LARGE, TRACK_XML, TRACK_NO_RECORD
 */
export function decodeFile(
  bytes: Uint8Array,
  fileName: string,
  options: DecodeOptions = {},
): DecodedFile {
  const maxBytes = options.maxBytes ?? decodeDefaults.maxBytes;
  if (bytes.length === 0) {
    throw new WaymarkError("TRACK_EMPTY", `the file is empty; ${EXPECTED}`);
  }
  if (bytes.length > maxBytes) {
    throw new WaymarkError(
      "TRACK_TOO_LARGE",
      `the file has ${formatMiB(bytes.length)}; a recording may have ${formatMiB(maxBytes)} at most`,
    );
  }
  const ledger = createLedger();
  const plain = unpack(bytes, maxBytes * decodeDefaults.unpackedRatio, ledger);
  const detected = detectFormat(plain);
  const format = recordingFormat(detected, plain !== bytes);
  noteExtension(fileName, format, plain !== bytes, ledger);
  const recordings = decodePlain(plain, format, ledger);
  return { format, recordings, repairs: ledger.repairs() };
}

/** A gzip file inside a gzip file happens; a third layer is a trick. */
function unpack(bytes: Uint8Array, limit: number, ledger: Ledger): Uint8Array {
  let plain = bytes;
  for (let layer = 0; layer < 2 && detectFormat(plain).format === "gzip"; layer++) {
    plain = gunzipBounded(plain, limit, ledger);
    if (plain.length === 0) {
      throw new WaymarkError("TRACK_EMPTY", `the gzip file holds no bytes; ${EXPECTED}`);
    }
  }
  return plain;
}

function recordingFormat(detected: Detected, isPacked: boolean): FileFormat {
  const { format, what } = detected;
  if (format === "fit" || format === "gpx" || format === "tcx") return format;
  const where = isPacked ? "the gzip file holds" : "the file is";
  const advice = format === "zip" ? "unpack it, or import the archive as a whole" : EXPECTED;
  throw new WaymarkError("TRACK_FORMAT", `${where} ${what}; ${advice}`, {
    choices: ["fit", "gpx", "tcx"],
  });
}

function noteExtension(
  fileName: string,
  format: FileFormat,
  isPacked: boolean,
  ledger: Ledger,
): void {
  const base = fileName.toLowerCase().replace(/^.*[/\\]/, "");
  const extension = /\.([a-z0-9]+)$/.exec(base.replace(/\.(gz|gzip)$/, ""))?.[1];
  const saysPacked = /\.(gz|gzip)$/.test(base);
  const isOdd = extension !== undefined && extension !== format;
  if (!isOdd && saysPacked === isPacked) return;
  if (extension === undefined && !saysPacked) return;
  ledger.add(
    "wrong-extension",
    1,
    `The file is ${isPacked ? "gzipped " : ""}${format.toUpperCase()}, which its name does not say.`,
  );
}

function decodePlain(bytes: Uint8Array, format: FileFormat, ledger: Ledger): readonly Recording[] {
  if (format === "fit") {
    const { recordings, fileTypes } = decodeFit(bytes, ledger);
    if (recordings.length === 0) {
      const kinds = [...new Set(fileTypes)].join(", ");
      const damage = isDamaged(ledger) ? "; it is cut or damaged" : "";
      throw new WaymarkError(
        "TRACK_NO_RECORD",
        `the FIT file (${kinds}) holds no record, lap or session of an activity${damage}`,
      );
    }
    return recordings;
  }
  if (format === "gpx") {
    const { recordings, outcome, waypointCount } = decodeGpx(bytes, ledger);
    const found =
      waypointCount > 0
        ? `the GPX file holds ${waypointCount} waypoints but no track or route`
        : "the GPX file holds no track point or route point";
    return checkXml(recordings, outcome, found, ledger);
  }
  const { recordings, outcome } = decodeTcx(bytes, ledger);
  return checkXml(
    recordings,
    outcome,
    "the TCX file holds no activity with a trackpoint or lap",
    ledger,
  );
}

const DAMAGE: ReadonlySet<string> = new Set<ReadingCode>([
  "damaged-gzip",
  "truncated-file",
  "bad-crc",
  "wrong-data-size",
  "unreadable-bytes",
]);

function isDamaged(ledger: Ledger): boolean {
  return ledger.repairs().some((repair) => DAMAGE.has(repair.code));
}

function checkXml(
  recordings: readonly Recording[],
  outcome: XmlOutcome,
  nothingFound: string,
  ledger: Ledger,
): readonly Recording[] {
  const { isTruncated, faultCount, firstFault } = outcome;
  if (recordings.length === 0) {
    if (!isTruncated && faultCount === 0) {
      throw new WaymarkError("TRACK_NO_RECORD", nothingFound);
    }
    throw new WaymarkError(
      "TRACK_XML",
      `the XML ${firstFault === undefined ? "breaks off" : `is broken (${firstFault})`} before the first readable point`,
    );
  }
  if (isTruncated) {
    ledger.add("truncated-file", 1);
  }
  if (faultCount > 0) {
    ledger.add(
      "xml-fault",
      1,
      `The XML is faulty (${faultCount} ${faultCount === 1 ? "place" : "places"}, first: ${firstFault}); what could be read was kept.`,
    );
  }
  return recordings;
}
