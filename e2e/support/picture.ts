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

/** The picture as a file input takes it. */
export function asFile(picture: Buffer): { name: string; mimeType: string; buffer: Buffer } {
  return { name: 'IMG_2015.jpg', mimeType: 'image/jpeg', buffer: picture }
}
