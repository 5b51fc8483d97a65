import { describe, expect, it } from 'vitest'
import { flatten, partOf } from './hide'

/** Noise in which every pixel differs. */
function noise(width: number, height: number): Uint8ClampedArray {
  return Uint8ClampedArray.from({ length: width * height * 4 }, (_, at) => (at * 2654435761) >>> 24)
}

function colours(pixels: Uint8ClampedArray): Set<string> {
  const all = new Set<string>()
  for (let at = 0; at < pixels.length; at += 4) all.add(`${pixels[at]},${pixels[at + 1]},${pixels[at + 2]}`)
  return all
}

describe('a hidden part', () => {
  for (const [width, height] of [[1, 1], [7, 3], [48, 48], [300, 90], [640, 480]] as const) {
    it(`has at most 36 flat squares: ${width} × ${height}`, () => {
      const pixels = noise(width, height)
      flatten(pixels, width, height)
      expect(colours(pixels).size).toBeLessThanOrEqual(36)
      const side = Math.ceil(Math.max(width, height) / 6)
      let other = 0
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const corner = ((y - (y % side)) * width + x - (x % side)) * 4
          const at = (y * width + x) * 4
          for (let channel = 0; channel < 3; channel++) if (pixels[at + channel] !== pixels[corner + channel]) other++
        }
      }
      expect(other).toBe(0)
    })
  }

  it('says the same of two faces of the same colour', () => {
    const face = (dark: number) => {
      const pixels = new Uint8ClampedArray(60 * 60 * 4).fill(200)
      // Eyes that lie a little differently.
      for (let x = dark; x < dark + 3; x++) pixels[(20 * 60 + x) * 4] = 20
      flatten(pixels, 60, 60)
      return Array.from(pixels)
    }
    expect(face(11)).toEqual(face(14))
  })
})

describe('the marked part', () => {
  it('lies inside the picture whatever way it was drawn', () => {
    expect(partOf({ x: 300, y: 200 }, { x: -50, y: 40 }, 400, 300)).toEqual({ x: 0, y: 40, width: 300, height: 160 })
    expect(partOf({ x: 350, y: 250 }, { x: 900, y: 900 }, 400, 300)).toEqual({ x: 350, y: 250, width: 50, height: 50 })
  })
  it('is a square around a tap', () => {
    expect(partOf({ x: 200, y: 150 }, { x: 202, y: 150 }, 400, 300)).toEqual({ x: 175, y: 125, width: 50, height: 50 })
    expect(partOf({ x: 0, y: 0 }, { x: 0, y: 0 }, 400, 300)).toEqual({ x: 0, y: 0, width: 25, height: 25 })
  })
})
