// A voice clip for those who would rather speak than write. Browsers give the microphone only to pages that
// came over https (or from this machine), so elsewhere the button stays hidden.
import { button, byId, text } from './page'

const LONGEST_SECONDS = 60
const BITS_PER_SECOND = 24_000

/** What may be recorded, and the name under which it is sent. */
const FORMATS = [
  { type: 'audio/webm;codecs=opus', name: 'voice.webm' },
  { type: 'audio/ogg;codecs=opus', name: 'voice.ogg' },
  { type: 'audio/mp4', name: 'voice.m4a' },
]

/** A clip that is ready to be sent. */
export interface Clip {
  blob: Blob
  name: string
}

function supported(): { type: string; name: string } | undefined {
  if (typeof MediaRecorder === 'undefined' || !navigator.mediaDevices) return undefined
  return FORMATS.find((format) => MediaRecorder.isTypeSupported(format.type))
}

/** The recorder below the text field. */
export class Recorder {
  clip: Clip | null = null
  private running: MediaRecorder | null = null
  private readonly record = byId<HTMLButtonElement>('record')
  private readonly label = byId('record-label')
  private readonly note = byId('clip-note')
  private readonly played = byId('played')
  private readonly startLabel = this.label.textContent ?? ''
  private readonly warning = this.note.textContent ?? ''

  constructor() {
    const format = supported()
    if (!format) return
    byId('clip').hidden = false
    this.record.addEventListener('click', () => {
      if (this.running) void this.finish()
      else void this.start(format)
    })
  }

  /** Ends a recording that runs; answers once the clip is ready. */
  async finish(): Promise<void> {
    const recorder = this.running
    if (!recorder) return
    const stopped = new Promise<void>((resolve) => recorder.addEventListener('stop', () => resolve()))
    recorder.stop()
    await stopped
  }

  /** Throws the clip away; none is being recorded at that moment. */
  clear(): void {
    this.clip = null
    this.played.textContent = ''
    this.record.hidden = false
    this.note.textContent = this.warning
  }

  private async start(format: { type: string; name: string }): Promise<void> {
    let stream: MediaStream
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true })
    } catch {
      this.note.textContent = text('clip_failed')
      return
    }
    const recorder = new MediaRecorder(stream, { mimeType: format.type, audioBitsPerSecond: BITS_PER_SECOND })
    const pieces: Blob[] = []
    let seconds = 0
    const clock = setInterval(() => {
      seconds += 1
      this.note.textContent = text('clip_left', { s: LONGEST_SECONDS - seconds })
      if (seconds >= LONGEST_SECONDS) void this.finish()
    }, 1000)
    recorder.ondataavailable = (event) => {
      if (event.data.size > 0) pieces.push(event.data)
    }
    recorder.onstop = () => {
      clearInterval(clock)
      stream.getTracks().forEach((track) => track.stop())
      this.running = null
      this.record.classList.remove('recording')
      this.label.textContent = this.startLabel
      const type = format.type.split(';')[0] as string
      if (pieces.length > 0) this.show({ blob: new Blob(pieces, { type }), name: format.name }, seconds)
    }
    this.running = recorder
    this.record.classList.add('recording')
    this.label.textContent = text('clip_stop')
    recorder.start()
  }

  private show(clip: Clip, seconds: number): void {
    this.clip = clip
    const audio = document.createElement('audio')
    audio.controls = true
    audio.src = URL.createObjectURL(clip.blob)
    audio.setAttribute('aria-label', text('clip', { s: seconds }))
    const remove = button('×', 'remove', () => {
      URL.revokeObjectURL(audio.src)
      this.clear()
      this.record.focus()
    })
    remove.setAttribute('aria-label', text('clip_remove'))
    this.played.textContent = ''
    this.played.append(audio, remove)
    this.record.hidden = true
    this.note.textContent = this.warning
  }
}
