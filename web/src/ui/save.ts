/** A file that the server has made, with the name that it gave it. */
export interface Named {
  name: string
  bytes: Blob
}

/** The name in an answer's `Content-Disposition` (RFC 6266), which may be Chinese. */
export function nameOf(answer: Response, otherwise: string): string {
  const hit = /filename\*=UTF-8''([^;]+)/.exec(answer.headers.get('content-disposition') ?? '')
  return hit?.[1] ? decodeURIComponent(hit[1]) : otherwise
}

/** Lets the browser save a file as it saves any download. */
export function saveFile({ name, bytes }: Named): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(bytes)
  link.download = name
  link.click()
  // Some browsers begin to read it only after the click was dealt with.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
