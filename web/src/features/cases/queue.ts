import { ref, shallowRef, watch, type Ref } from 'vue'
import { asProblem, type Problem } from '@/api/problem'
import type { CaseSummary } from '@/api/types'
import { knownToday, listCases, type Wanted } from './data'
import { changes } from '@/stores/live'
import { caughtUp } from './send'

export interface QueueView {
  items: Ref<CaseSummary[]>
  today: Ref<string>
  more: Ref<boolean>
  loading: Ref<boolean>
  problem: Ref<Problem | null>
  reload: () => Promise<void>
  loadMore: () => Promise<void>
}

/** A queue that grows page by page, and starts anew when what is wanted changes. */
export function useQueue(wanted: () => { enterprise: string; query: Omit<Wanted, 'cursor'> }): QueueView {
  const items = shallowRef<CaseSummary[]>([])
  const today = ref(knownToday())
  const more = ref(false)
  const loading = ref(false)
  const problem = shallowRef<Problem | null>(null)
  let cursor: string | undefined
  let latest = 0
  let pages = 0

  async function load(from: string | undefined): Promise<void> {
    const mine = ++latest
    const { enterprise, query } = wanted()
    loading.value = true
    problem.value = null
    try {
      const page = await listCases(enterprise, { ...query, cursor: from })
      if (mine !== latest) return
      pages = from === undefined ? 1 : pages + 1
      items.value = from === undefined ? page.items : [...items.value, ...page.items]
      today.value = page.today
      cursor = page.next_cursor ?? undefined
      more.value = cursor !== undefined
    } catch (cause) {
      if (mine === latest) problem.value = asProblem(cause)
    } finally {
      if (mine === latest) loading.value = false
    }
  }

  const reload = () => load(undefined)
  watch(wanted, (now, before) => {
    if (JSON.stringify(now) === JSON.stringify(before)) return
    items.value = []
    void reload()
  })
  watch(caughtUp, reload)
  // Whoever has turned pages keeps them: a list that jumps back loses the place.
  watch(changes, () => {
    if (pages <= 1) void reload()
  })
  void reload()
  return { items, today, more, loading, problem, reload, loadMore: () => load(cursor) }
}
