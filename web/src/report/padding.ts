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

/** A picture with zeros behind its end mark, where decoders stop reading; voice clips stay as they are. */
export function paddedPicture(blob: Blob): Blob {
  if (blob.type !== 'image/jpeg') return blob
  return new Blob([blob, new Uint8Array(sizeOf(blob.size) - blob.size)], { type: blob.type })
}
