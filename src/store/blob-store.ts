/**
 * Bytes by their sha256: what is written once is never changed, and the same bytes are kept once.
 */
export interface Blob {
  /** 64 lower-case hex digits. */
  readonly sha256: string;
  readonly byteLength: number;
}

export interface BlobStore {
  /**
   * Durable when the promise resolves: the file and its folder are synced.
   *
   * @param maxBytes the stream is given up when it brings more
   * @throws WaymarkError TRACK_TOO_LARGE, STORE_FULL; what the stream throws (nothing is kept then)
   */
  put(bytes: Uint8Array | AsyncIterable<Uint8Array>, maxBytes?: number): Promise<Blob>;
  /** @throws WaymarkError NOT_FOUND, STORE_DAMAGED when the bytes are not those of the hash */
  get(sha256: string): Promise<Uint8Array<ArrayBuffer>>;
  has(sha256: string): Promise<boolean>;
  /** Takes the bytes away for good; nothing happens when there are none. */
  remove(sha256: string): Promise<void>;
  /** Every blob, in no order, and when it was last put, in epoch milliseconds. */
  list(): AsyncIterable<Blob & { readonly modifiedMs: number }>;
}
