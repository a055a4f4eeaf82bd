/** The files of a drop: those that were dropped, and of folders every recording and archive in them. */

const RECORDING = /(\.(fit|gpx|tcx)(\.gz)?|\.zip)$/i;

export async function filesOf(transfer: DataTransfer): Promise<File[]> {
  const entries = [...transfer.items]
    .filter(({ kind }) => kind === "file")
    .map((item) => item.webkitGetAsEntry());
  if (entries.some((entry) => entry?.isDirectory)) {
    return (await Promise.all(entries.map((entry) => walk(entry, true)))).flat();
  }
  return [...transfer.files];
}

/** @param isNamed it was dropped by itself: the server may say what is wrong with it */
async function walk(entry: FileSystemEntry | null, isNamed: boolean): Promise<File[]> {
  if (!entry) return [];
  if (isFile(entry)) {
    if (!isNamed && !RECORDING.test(entry.name)) return [];
    return [await new Promise<File>((resolve, reject) => entry.file(resolve, reject))];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: File[] = [];
  for (;;) {
    // A reader gives a hundred or so at a time, and an empty list at the end.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return found;
    for (const inner of some) found.push(...(await walk(inner, false)));
  }
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}
