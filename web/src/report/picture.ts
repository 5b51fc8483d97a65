// The report code as a QR code, and as a picture to save.
import { encode } from 'uqr'

/** A QR code's squares, with its quiet zone. */
export interface Qr {
  size: number
  dark: boolean[][]
}

/** A QR code that holds just these characters: no address, so that no page is opened by a stranger's scan. */
export function qrOf(characters: string): Qr {
  const { size, data } = encode(characters, { ecc: 'M', border: 4 })
  return { size, dark: data }
}

/** The dark squares as one SVG path, one unit a square. */
export function pathOf(qr: Qr): string {
  let path = ''
  qr.dark.forEach((row, y) => row.forEach((dark, x) => (path += dark ? `M${x} ${y}h1v1h-1z` : '')))
  return path
}

const WIDTH = 640
const MARGIN = 32
const LINE = 72

/** A PNG (as a data address) with a title, the code in two lines and its QR code. */
export function drawn(title: string, groups: string[], qr: Qr): string {
  const canvas = document.createElement('canvas')
  const unit = Math.floor((WIDTH - 2 * MARGIN) / qr.size)
  const side = unit * qr.size
  canvas.width = WIDTH
  canvas.height = MARGIN * 2 + LINE * 3 + side
  const context = canvas.getContext('2d')
  if (!context) return ''
  context.fillStyle = '#fff'
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.fillStyle = '#17211f'
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  context.font = '32px sans-serif'
  context.fillText(title, WIDTH / 2, MARGIN + LINE / 2)
  context.font = 'bold 56px monospace'
  context.fillText(groups.slice(0, 3).join(' '), WIDTH / 2, MARGIN + LINE * 1.5)
  context.fillText(groups.slice(3).join(' '), WIDTH / 2, MARGIN + LINE * 2.5)
  const left = Math.floor((WIDTH - side) / 2)
  const top = MARGIN + LINE * 3
  qr.dark.forEach((row, y) =>
    row.forEach((dark, x) => {
      if (dark) context.fillRect(left + x * unit, top + y * unit, unit, unit)
    }),
  )
  return canvas.toDataURL('image/png')
}
