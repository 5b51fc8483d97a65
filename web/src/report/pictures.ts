// Pictures are made smaller on the phone. Drawing them anew leaves everything out that the camera wrote
// beside the picture: place, time, device.
import { hideParts } from '../modules/hide'
import { button, byId, text } from './page'

const MOST = 3
const LONGEST_SIDE = 1600
const MOST_BYTES = 300_000

/** Decodes with an image element, which every browser has and which heeds the picture's orientation. */
function decoded(file: Blob): Promise<HTMLImageElement> {
  return new Promise((resolve, reject) => {
    const image = new Image()
    const address = URL.createObjectURL(file)
    const done = (settle: () => void): void => {
      URL.revokeObjectURL(address)
      settle()
    }
    image.onload = () => done(() => resolve(image))
    image.onerror = () => done(() => reject(new Error('unreadable')))
    image.src = address
  })
}

function encoded(canvas: HTMLCanvasElement, quality: number): Promise<Blob> {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('unreadable'))), 'image/jpeg', quality)
  })
}

/** A JPEG of at most 1600 pixels a side and 300 kB. */
async function shrunk(file: Blob): Promise<Blob> {
  const image = await decoded(file)
  const canvas = document.createElement('canvas')
  const context = canvas.getContext('2d')
  if (!context || !image.naturalWidth) throw new Error('unreadable')
  let side = LONGEST_SIDE
  for (;;) {
    const scale = Math.min(1, side / Math.max(image.naturalWidth, image.naturalHeight))
    canvas.width = Math.max(1, Math.round(image.naturalWidth * scale))
    canvas.height = Math.max(1, Math.round(image.naturalHeight * scale))
    // JPEG has no transparency; without this a screenshot's clear parts would turn black.
    context.fillStyle = '#fff'
    context.fillRect(0, 0, canvas.width, canvas.height)
    context.drawImage(image, 0, 0, canvas.width, canvas.height)
    for (const quality of [0.82, 0.7, 0.55, 0.4]) {
      const blob = await encoded(canvas, quality)
      if (blob.size <= MOST_BYTES) return blob
    }
    side *= 0.75
  }
}

/** The pictures of the report that is being written. */
export class Pictures {
  readonly blobs: Blob[] = []
  private pending: Promise<void> = Promise.resolve()
  private readonly list = byId('pictures')
  private readonly note = byId('picture-note')
  private readonly limit = this.note.textContent ?? ''

  constructor() {
    for (const id of ['camera', 'album']) {
      const input = byId<HTMLInputElement>(id)
      input.addEventListener('change', () => {
        const files = Array.from(input.files ?? [])
        // Empty again, so that the same picture can be chosen once more after it was removed.
        input.value = ''
        // One choice after the other, so that two made at once do not take more than there is room for.
        this.pending = this.pending.then(() => this.add(files))
      })
    }
  }

  /** Ends once everything that was chosen is made small: what is sent before would go without it. */
  finish(): Promise<void> {
    return this.pending
  }

  /** Takes all pictures out. */
  clear(): void {
    this.blobs.length = 0
    this.show(this.limit)
  }

  private async add(files: File[]): Promise<void> {
    let note = this.limit
    for (const file of files) {
      if (this.blobs.length >= MOST) {
        note = text('picture_enough')
        break
      }
      try {
        this.blobs.push(await shrunk(file))
      } catch {
        note = text('picture_unreadable')
      }
    }
    this.show(note)
  }

  private async hide(blob: Blob): Promise<void> {
    const words = {
      title: text('hide'),
      help: text('hide_help'),
      stage: text('hide_stage'),
      undo: text('hide_undo'),
      done: text('hide_done'),
      cancel: text('hide_cancel'),
      hidden: (count: number) => (count ? text('hide_count', { n: count }) : ''),
    }
    const hidden = await hideParts(blob, words)
    const at = this.blobs.indexOf(blob)
    if (!hidden || at < 0) return
    this.blobs[at] = hidden
    this.show(this.limit)
    this.list.querySelectorAll<HTMLElement>('.hide-in')[at]?.focus()
  }

  private show(note: string): void {
    this.note.textContent = note
    this.list.textContent = ''
    this.list.hidden = this.blobs.length === 0
    this.blobs.forEach((blob, at) => {
      const item = document.createElement('li')
      const image = document.createElement('img')
      image.alt = text('picture', { n: at + 1 })
      image.src = URL.createObjectURL(blob)
      image.onload = () => URL.revokeObjectURL(image.src)
      const remove = button('×', 'remove', () => {
        this.blobs.splice(at, 1)
        this.show(this.limit)
        byId('camera').focus()
      })
      remove.setAttribute('aria-label', text('picture_remove', { n: at + 1 }))
      const hide = button(text('hide'), 'button hide-in', () => void this.hide(blob))
      hide.setAttribute('aria-label', text('hide_in', { n: at + 1 }))
      item.append(image, remove, hide)
      this.list.append(item)
    })
  }
}
