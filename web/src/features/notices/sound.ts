import { ref } from 'vue'

/** Whether this page may make a sound: a browser wants to be touched first. */
export const audible = ref(false)

let context: AudioContext | null = null

/** Asks for sound; works from a touch or a key only, and says afterwards whether it did. */
export async function allowSound(): Promise<void> {
  context ??= new AudioContext()
  await context.resume().catch(() => undefined)
  audible.value = context.state === 'running'
}

/** Two tones, made here: no file to load when it matters. Louder and more of them when nobody has answered. */
export function ring(step: number): void {
  if (!context || !audible.value) return
  const loud = step > 1 ? 0.9 : 0.5
  const start = context.currentTime
  for (let i = 0; i < 2 + 2 * step; i++) {
    const tone = context.createOscillator()
    const volume = context.createGain()
    tone.type = 'square'
    tone.frequency.value = i % 2 === 0 ? 880 : 660
    volume.gain.setValueAtTime(loud, start + i * 0.22)
    volume.gain.exponentialRampToValueAtTime(0.001, start + i * 0.22 + 0.2)
    tone.connect(volume).connect(context.destination)
    tone.start(start + i * 0.22)
    tone.stop(start + i * 0.22 + 0.2)
  }
}
