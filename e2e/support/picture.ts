import type { Browser } from '@playwright/test'

/** Draws a small photograph: a workshop floor with something on it, so that the screens show a picture. */
export async function drawPicture(browser: Browser, colour = '#b9772f'): Promise<Buffer> {
  const page = await browser.newPage()
  const address = await page.evaluate((paint) => {
    const canvas = document.createElement('canvas')
    canvas.width = 800
    canvas.height = 600
    const pen = canvas.getContext('2d')
    if (!pen) throw new Error('no canvas')
    const wall = pen.createLinearGradient(0, 0, 0, 360)
    wall.addColorStop(0, '#9fb0b8')
    wall.addColorStop(1, '#cfd8dc')
    pen.fillStyle = wall
    pen.fillRect(0, 0, 800, 360)
    pen.fillStyle = '#8b8f90'
    pen.fillRect(0, 360, 800, 240)
    pen.fillStyle = paint
    pen.beginPath()
    pen.ellipse(420, 500, 190, 50, 0, 0, 7)
    pen.fill()
    pen.fillStyle = '#39505c'
    pen.fillRect(90, 130, 230, 300)
    pen.fillStyle = '#24343d'
    pen.fillRect(120, 190, 170, 90)
    pen.fillStyle = '#f2c230'
    pen.fillRect(90, 420, 230, 22)
    return canvas.toDataURL('image/jpeg', 0.8)
  }, colour)
  await page.close()
  return Buffer.from(address.slice(address.indexOf(',') + 1), 'base64')
}

/** A picture that the page makes no smaller than a part of an upload: so much of it is noise. */
export async function drawLarge(browser: Browser): Promise<Buffer> {
  const page = await browser.newPage()
  const address = await page.evaluate(async () => {
    const canvas = document.createElement('canvas')
    canvas.width = 1000
    canvas.height = 800
    const pen = canvas.getContext('2d')
    if (!pen) throw new Error('no canvas')
    const image = pen.createImageData(canvas.width, canvas.height)
    image.data.fill(255)
    let state = 1
    for (let row = 0; row < canvas.height; row += 10) {
      for (let at = row * canvas.width * 4; at < (row + 10) * canvas.width * 4; at += 1) {
        state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
        if (at % 4 < 3) image.data[at] = (state >> 16) & 255
      }
      pen.putImageData(image, 0, 0)
      // As the page encodes it, from pixels that a PNG keeps as they are.
      const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.82))
      if (blob && blob.size > 275_000) return canvas.toDataURL('image/png')
    }
    throw new Error('it does not get large')
  })
  await page.close()
  return Buffer.from(address.slice(address.indexOf(',') + 1), 'base64')
}

/** The picture as a file input takes it. */
export function asFile(picture: Buffer): { name: string; mimeType: string; buffer: Buffer } {
  return { name: 'IMG_2015.jpg', mimeType: 'image/jpeg', buffer: picture }
}
