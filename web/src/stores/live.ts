import { ref } from 'vue'

/** Counts the times that cases may have changed since they were loaded: pages that show some load again. */
export const changes = ref(0)

/** Counts the times that an alarm has begun, gone further or been answered. */
export const alarmed = ref(0)

const wait = 5000

/** What a stream tells: that something has changed, never what. */
type Word = 'cases' | 'alarms' | 'hello'

function hear(word: Word): void {
  changes.value += 1
  if (word !== 'cases') alarmed.value += 1
}

/**
 * Listens for as long as the page is open; gives back how to stop. Of several tabs one holds the stream and
 * tells the others: a browser opens only six connections to one server.
 */
export function listen(enterprise: string): () => void {
  const name = `hezuo.live.${enterprise}`
  const others = new BroadcastChannel(name)
  others.onmessage = ({ data }) => hear(data as Word)
  let source: EventSource | undefined
  let again: ReturnType<typeof setTimeout> | undefined
  const gone = new AbortController()

  function open(): void {
    source = new EventSource(`/api/v1/enterprises/${enterprise}/live`)
    for (const word of ['hello', 'cases', 'alarms'] as const) {
      source.addEventListener(word, () => {
        hear(word)
        others.postMessage(word)
      })
    }
    source.onerror = () => {
      // The browser tries again by itself, unless the server has said no.
      if (source?.readyState !== EventSource.CLOSED) return
      again = setTimeout(open, wait)
    }
  }

  const hold = () =>
    new Promise<void>((release) => {
      if (gone.signal.aborted) return release()
      open()
      gone.signal.addEventListener('abort', () => release())
    })
  // Without locks, which a page has on https and on its own machine only, each tab listens for itself.
  if (navigator.locks) navigator.locks.request(name, { signal: gone.signal }, hold).catch(() => undefined)
  else void hold()

  return () => {
    gone.abort()
    clearTimeout(again)
    source?.close()
    others.close()
  }
}
