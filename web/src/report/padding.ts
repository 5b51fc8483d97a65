// To an intake every report is as long as another: the network of a factory sees how much is sent, not what.

/** The sizes that the bodies of requests are filled up to. */
const SIZES = [16, 64, 256, 1024, 4096].map((size) => size * 1024)

function sizeOf(length: number): number {
  return SIZES.find((size) => size >= length) ?? length
}

/** JSON of an object with spaces behind it, which mean nothing there. */
export function paddedJson(body: object): Blob {
  const json = new Blob([JSON.stringify(body)])
  return new Blob([json, ' '.repeat(sizeOf(json.size) - json.size)])
}

/** A picture or voice clip with zeros behind its end. */
export function paddedFile(blob: Blob): Blob {
  return new Blob([blob, new Uint8Array(sizeOf(blob.size) - blob.size)])
}

/** What tells the intake where the zeros begin; as long for every file. */
export function lengthHeader(blob: Blob): Record<string, string> {
  return { 'Upload-Length': `0000000${blob.size}`.slice(-8) }
}
