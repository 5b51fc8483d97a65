import { ref, shallowRef, watch, type Ref, type WatchSource } from 'vue'
import { asProblem, type Problem } from '@/api/problem'

export interface Loaded<T> {
  data: Ref<T | null>
  problem: Ref<Problem | null>
  loading: Ref<boolean>
  reload: () => Promise<void>
}

/** Loads now, and again whenever one of the sources changes; an answer that comes too late is dropped. */
export function useLoad<T>(load: () => Promise<T>, sources: WatchSource[] = []): Loaded<T> {
  const data = shallowRef<T | null>(null)
  const problem = shallowRef<Problem | null>(null)
  const loading = ref(false)
  let latest = 0

  async function reload(): Promise<void> {
    const mine = ++latest
    loading.value = true
    try {
      const value = await load()
      if (mine !== latest) return
      data.value = value
      problem.value = null
    } catch (cause) {
      if (mine === latest) problem.value = asProblem(cause)
    } finally {
      if (mine === latest) loading.value = false
    }
  }

  if (sources.length > 0) watch(sources, reload)
  void reload()
  return { data, problem, loading, reload }
}

/** Runs one write at a time and keeps its problem beside the form, with everything that was typed. */
export function useSend(): { sending: Ref<boolean>; problem: Ref<Problem | null>; send: (work: () => Promise<void>) => Promise<boolean> } {
  const sending = ref(false)
  const problem = shallowRef<Problem | null>(null)

  async function send(work: () => Promise<void>): Promise<boolean> {
    if (sending.value) return false
    sending.value = true
    problem.value = null
    try {
      await work()
      return true
    } catch (cause) {
      problem.value = asProblem(cause)
      return false
    } finally {
      sending.value = false
    }
  }

  return { sending, problem, send }
}
