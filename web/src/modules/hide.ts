// Faces, names and plates are made unreadable on the phone, before a picture leaves it. What is hidden becomes
// a few flat squares: a blur can be guessed back, and so can many small squares.

/** A part of a picture, in its pixels. */
export interface Part {
  x: number
  y: number
  width: number
  height: number
}

/** What the tool says. */
export interface HideTexts {
  title: string
  help: string
  stage: string
  undo: string
  done: string
  cancel: string
  /** How many parts are hidden. */
  hidden: (count: number) => string
}

const SQUARES = 6
const COLOUR_STEP = 32

/** Makes pixels (four bytes each) flat squares, at most six by six, of rounded colours. */
export function flatten(pixels: Uint8ClampedArray, width: number, height: number): void {
  const side = Math.ceil(Math.max(width, height) / SQUARES)
  for (let top = 0; top < height; top += side) {
    for (let left = 0; left < width; left += side) {
      const right = Math.min(width, left + side)
      const bottom = Math.min(height, top + side)
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0
        for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) sum += pixels[(y * width + x) * 4 + channel] as number
        const mean = sum / ((right - left) * (bottom - top))
        const flat = Math.round(mean / COLOUR_STEP) * COLOUR_STEP
        for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) pixels[(y * width + x) * 4 + channel] = flat
      }
    }
  }
}

/** The part between two points, inside the picture; a tap is a square around it. */
export function partOf(from: { x: number; y: number }, to: { x: number; y: number }, width: number, height: number): Part {
  const tap = Math.max(24, Math.round(Math.max(width, height) / 8))
  const isTap = Math.abs(to.x - from.x) < tap / 4 && Math.abs(to.y - from.y) < tap / 4
  const [left, right] = isTap ? [from.x - tap / 2, from.x + tap / 2] : [Math.min(from.x, to.x), Math.max(from.x, to.x)]
  const [top, bottom] = isTap ? [from.y - tap / 2, from.y + tap / 2] : [Math.min(from.y, to.y), Math.max(from.y, to.y)]
  const x = Math.min(width - 1, Math.max(0, Math.floor(left)))
  const y = Math.min(height - 1, Math.max(0, Math.floor(top)))
  return { x, y, width: Math.max(1, Math.min(width, Math.ceil(right)) - x), height: Math.max(1, Math.min(height, Math.ceil(bottom)) - y) }
}

function element<K extends keyof HTMLElementTagNameMap>(name: K, className: string, words = ''): HTMLElementTagNameMap[K] {
  const made = document.createElement(name)
  made.className = className
  made.textContent = words
  return made
}

function press(words: string, className: string, act: () => void): HTMLButtonElement {
  const made = element('button', className, words)
  made.type = 'button'
  made.addEventListener('click', act)
  return made
}

/** The screen on which parts are marked, over everything else. */
class Hiding {
  private readonly parts: Part[] = []
  private readonly pen: CanvasRenderingContext2D
  private from: { x: number; y: number } | null = null
  /** What the keyboard moves. */
  private frame: Part
  private framed = false
  readonly screen = element('div', 'hide')
  private readonly canvas = element('canvas', 'hide-picture')
  private readonly said = element('p', 'hide-said')
  private readonly undo: HTMLButtonElement

  constructor(
    private readonly image: HTMLImageElement,
    private readonly texts: HideTexts,
    private readonly end: (blob: Blob | null) => void,
  ) {
    this.canvas.width = image.naturalWidth
    this.canvas.height = image.naturalHeight
    const pen = this.canvas.getContext('2d')
    if (!pen) throw new Error('no canvas')
    this.pen = pen
    const { width, height } = this.canvas
    const side = Math.max(24, Math.round(Math.max(width, height) / 8))
    this.frame = partOf({ x: (width - side) / 2, y: (height - side) / 2 }, { x: (width + side) / 2, y: (height + side) / 2 }, width, height)
    this.screen.setAttribute('role', 'dialog')
    this.screen.setAttribute('aria-modal', 'true')
    this.screen.setAttribute('aria-label', texts.title)
    this.canvas.tabIndex = 0
    this.canvas.setAttribute('role', 'application')
    this.canvas.setAttribute('aria-label', texts.stage)
    this.said.setAttribute('role', 'status')
    const bar = element('div', 'hide-bar')
    this.undo = press(texts.undo, 'hide-button', () => {
      this.parts.pop()
      this.tell()
      if (this.parts.length === 0) this.canvas.focus()
    })
    bar.append(press(texts.cancel, 'hide-button', () => this.end(null)), this.undo, press(texts.done, 'hide-button hide-main', () => this.finish()))
    this.screen.append(element('p', 'hide-help', texts.help), this.canvas, this.said, bar)
    this.listen()
    this.tell()
  }

  open(): void {
    document.body.append(this.screen)
    this.canvas.focus()
  }

  private listen(): void {
    const at = (point: { clientX: number; clientY: number }) => {
      const box = this.canvas.getBoundingClientRect()
      const { width, height } = this.canvas
      // A tall picture may stand in a box that is wider than it.
      const scale = Math.min(box.width / width, box.height / height)
      return { x: (point.clientX - box.left - (box.width - width * scale) / 2) / scale, y: (point.clientY - box.top - (box.height - height * scale) / 2) / scale }
    }
    const start = (point: { clientX: number; clientY: number }) => {
      this.framed = false
      this.from = at(point)
    }
    const move = (point: { clientX: number; clientY: number }) => {
      if (this.from) this.draw(this.between(at(point)))
    }
    const stop = (point: { clientX: number; clientY: number }) => {
      if (this.from) this.hide(this.between(at(point)))
    }
    this.canvas.addEventListener('mousedown', start)
    this.screen.addEventListener('mousemove', move)
    this.screen.addEventListener('mouseup', stop)
    const finger = (act: (point: Touch) => void) => (event: TouchEvent) => {
      const touch = event.changedTouches[0]
      // A phone would scroll, and send the same once more as a mouse.
      event.preventDefault()
      if (touch) act(touch)
    }
    this.canvas.addEventListener('touchstart', finger(start), { passive: false })
    this.canvas.addEventListener('touchmove', finger(move), { passive: false })
    this.canvas.addEventListener('touchend', finger(stop), { passive: false })
    this.canvas.addEventListener('touchcancel', () => {
      this.from = null
      this.draw()
    })
    this.screen.addEventListener('keydown', (event) => this.key(event))
  }

  private between(to: { x: number; y: number }): Part {
    return partOf(this.from ?? to, to, this.canvas.width, this.canvas.height)
  }

  private key(event: KeyboardEvent): void {
    if (event.key === 'Escape') this.end(null)
    else if (event.key === 'Tab') this.keepFocus(event)
    else if (event.target === this.canvas) this.steer(event)
  }

  /** The screen behind can't be seen, so it can't be reached either. */
  private keepFocus(event: KeyboardEvent): void {
    const all = Array.from(this.screen.querySelectorAll<HTMLElement>('canvas, button:not(:disabled)'))
    const at = all.indexOf(document.activeElement as HTMLElement)
    event.preventDefault()
    all[(at + (event.shiftKey ? -1 : 1) + all.length) % all.length]?.focus()
  }

  /** Arrows move the frame, with Shift they make it larger or smaller, Enter hides what is in it. */
  private steer(event: KeyboardEvent): void {
    const [right, down] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0]
    const isSet = event.key === 'Enter' || event.key === ' '
    if (!isSet && right === 0 && down === 0) return
    event.preventDefault()
    if (isSet && this.framed) return this.hide({ ...this.frame })
    const { width, height } = this.canvas
    const step = Math.max(8, Math.round(Math.max(width, height) / 40))
    const frame = this.frame
    if (this.framed && event.shiftKey) {
      frame.width = Math.max(step, Math.min(width - frame.x, frame.width + (right as number) * step))
      frame.height = Math.max(step, Math.min(height - frame.y, frame.height + (down as number) * step))
    } else if (this.framed) {
      frame.x = Math.max(0, Math.min(width - frame.width, frame.x + (right as number) * step))
      frame.y = Math.max(0, Math.min(height - frame.height, frame.y + (down as number) * step))
    }
    this.framed = true
    this.draw(frame)
  }

  private hide(part: Part): void {
    this.from = null
    this.parts.push(part)
    this.tell()
  }

  private tell(): void {
    this.undo.disabled = this.parts.length === 0
    this.said.textContent = this.texts.hidden(this.parts.length)
    this.draw(this.framed ? this.frame : undefined)
  }

  /** The picture as it will be, and a frame around what is being marked. */
  private draw(mark?: Part): void {
    this.pen.drawImage(this.image, 0, 0)
    for (const { x, y, width, height } of this.parts) {
      const pixels = this.pen.getImageData(x, y, width, height)
      flatten(pixels.data, width, height)
      this.pen.putImageData(pixels, x, y)
    }
    if (!mark) return
    const line = Math.max(2, Math.round(this.canvas.width / 200))
    for (const [colour, dash] of [
      ['#000', []],
      ['#fff', [3 * line]],
    ] as const) {
      this.pen.strokeStyle = colour
      this.pen.lineWidth = line
      this.pen.setLineDash([...dash])
      this.pen.strokeRect(mark.x, mark.y, mark.width, mark.height)
    }
  }

  private finish(): void {
    if (this.parts.length === 0) return this.end(null)
    this.framed = false
    this.draw()
    this.canvas.toBlob((blob) => this.end(blob), 'image/jpeg', 0.8)
  }
}

/** Shows a picture and lets parts of it be hidden; the new picture, or nothing where it stays as it was. */
export async function hideParts(picture: Blob, texts: HideTexts): Promise<Blob | null> {
  const before = document.activeElement as HTMLElement | null
  const address = URL.createObjectURL(picture)
  const image = new Image()
  try {
    await new Promise<void>((resolve, reject) => {
      image.onload = () => resolve()
      image.onerror = () => reject(new Error('unreadable'))
      image.src = address
    })
    return await new Promise<Blob | null>((resolve) => {
      const hiding = new Hiding(image, texts, (blob) => {
        hiding.screen.remove()
        resolve(blob)
      })
      hiding.open()
    })
  } finally {
    URL.revokeObjectURL(address)
    before?.focus()
  }
}
